"""A backbone that learns on two CPU cores in seconds."""

from torch import Tensor, nn

from lightning_modules.backbones.base import Backbone, run_stages
from lightning_modules.layers import ConvNormAct, Level
from lightning_modules.layers.residual import ResidualBlock

MOST_CHANNELS, MOST_BLOCKS = 2**12, 1000  # more does not fit anywhere, and would be found out slowly


class Tiny(Backbone):
    """A four-stage residual network, thin enough for a laptop.

    Args:
        channels: Channels at stride 2; doubled at every stage.
        blocks: Residual blocks a stage.
        stages: Stages, and so levels.

    Shape:
        (N, 3, H, W) → levels at strides 4, 8, 16 … with 2, 4, 8 … times `channels` channels.

    Raises:
        ValueError: If an argument is below 1, or the network too large for anything.
    """

    def __init__(self, channels: int = 8, blocks: int = 1, stages: int = 3) -> None:
        super().__init__()
        if min(channels, blocks, stages) < 1:
            raise ValueError(f"Tiny: all must be at least 1, got channels={channels}, blocks={blocks}, stages={stages}")
        if channels * 2 ** min(stages, 32) > MOST_CHANNELS or blocks > MOST_BLOCKS:
            raise ValueError(
                f"Tiny: at most {MOST_CHANNELS} channels, doubled at every stage, and {MOST_BLOCKS} blocks a stage, "
                f"got channels={channels}, stages={stages}, blocks={blocks}"
            )
        self.stem = ConvNormAct(3, channels, stride=2)
        self.stages = nn.ModuleList(
            nn.Sequential(
                ResidualBlock(channels * 2**i, channels * 2 ** (i + 1), stride=2),
                *(ResidualBlock(channels * 2 ** (i + 1), channels * 2 ** (i + 1)) for _ in range(blocks - 1)),
            )
            for i in range(stages)
        )
        self.levels = tuple(Level(channels * 2 ** (i + 1), 2 ** (i + 2)) for i in range(stages))

    def forward(self, image: Tensor) -> list[Tensor]:
        return run_stages(self.stem(image), self.stages)
