"""A backbone that learns on two CPU cores in seconds."""

from torch import Tensor, nn

from lightning_modules.backbones.base import Backbone, run_stages
from lightning_modules.layers import ConvNormAct, Level
from lightning_modules.layers.residual import ResidualBlock


class Tiny(Backbone):
    """A four-stage residual network, thin enough for a laptop.

    Args:
        channels: Channels at stride 2; doubled at every stage.
        blocks: Residual blocks a stage.
        stages: Stages, and so levels.

    Shape:
        (N, 3, H, W) → levels at strides 4, 8, 16 … with 2, 4, 8 … times `channels` channels.

    Raises:
        ValueError: If an argument is below 1.
    """

    def __init__(self, channels: int = 8, blocks: int = 1, stages: int = 3) -> None:
        super().__init__()
        if min(channels, blocks, stages) < 1:
            raise ValueError(f"Tiny: all must be at least 1, got channels={channels}, blocks={blocks}, stages={stages}")
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
