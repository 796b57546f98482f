"""A backbone that learns on two CPU cores in seconds."""

import torch.nn.functional as F
from torch import Tensor, nn

from lightning_modules.backbones.base import Backbone, run_stages
from lightning_modules.layers import ConvNormAct, Level


class ResidualBlock(nn.Module):
    """Two 3 × 3 convolutions around an identity (He et al. 2016, fig. 2); 1 × 1 where the shape changes.

    Args:
        in_channels: Channels of the input.
        out_channels: Channels of the output.
        stride: Of the first convolution and of the shortcut.

    Shape:
        (N, in_channels, H, W) → (N, out_channels, ⌈H / stride⌉, ⌈W / stride⌉).
    """

    def __init__(self, in_channels: int, out_channels: int, stride: int = 1) -> None:
        super().__init__()
        changes = stride != 1 or in_channels != out_channels
        self.branch = nn.Sequential(
            ConvNormAct(in_channels, out_channels, stride=stride),
            nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(out_channels),
        )
        self.shortcut: nn.Module = (
            nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride, bias=False), nn.BatchNorm2d(out_channels))
            if changes
            else nn.Identity()
        )

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.shortcut(x) + self.branch(x))


class Tiny(Backbone):
    """A four-stage residual network, thin enough for a laptop.

    Args:
        width: Channels at stride 2; doubled at every stage.
        depth: Residual blocks a stage.

    Shape:
        (N, 3, H, W) → levels at strides 4, 8 and 16 with 2, 4 and 8 times `width` channels.

    Raises:
        ValueError: If width or depth is below 1.
    """

    def __init__(self, width: int = 8, depth: int = 1) -> None:
        super().__init__()
        if width < 1 or depth < 1:
            raise ValueError(f"Tiny: width and depth must be at least 1, got width={width}, depth={depth}")
        self.stem = ConvNormAct(3, width, stride=2)
        self.stages = nn.ModuleList(
            nn.Sequential(
                ResidualBlock(width * 2**i, width * 2 ** (i + 1), stride=2),
                *(ResidualBlock(width * 2 ** (i + 1), width * 2 ** (i + 1)) for _ in range(depth - 1)),
            )
            for i in range(3)
        )
        self.levels = tuple(Level(width * 2 ** (i + 1), 2 ** (i + 2)) for i in range(3))

    def forward(self, image: Tensor) -> list[Tensor]:
        return run_stages(self.stem(image), self.stages)
