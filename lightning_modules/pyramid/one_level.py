"""One level of a pyramid, and no pyramid."""

from collections.abc import Sequence

from torch import Tensor

from lightning_modules.layers import Level, check_levels
from lightning_modules.pyramid.base import PyramidBlock


class OneLevel(PyramidBlock):
    """One level as it is, with which pyramids are compared (Lin et al. 2017, "Feature Pyramid Networks", fig. 1b).

    Args:
        levels: Levels of the pyramid.
        stride: Stride of the level that is kept, the deepest of it (the paper's baseline on C4: 16); that of the
            deepest level by default.

    Shape:
        Levels (N, C_i, H_i, W_i) → the one that is kept.

    Raises:
        ValueError: If there are no levels, or none of that stride.
    """

    def __init__(self, levels: Sequence[Level], stride: int | None = None) -> None:
        super().__init__()
        check_levels(self, levels)
        strides = [level.stride for level in levels]
        stride = strides[-1] if stride is None else stride
        if stride not in strides:
            raise ValueError(f"OneLevel: stride must be one of the levels' {strides}, got {stride}")
        self.index = len(strides) - 1 - strides[::-1].index(stride)
        self.levels = (levels[self.index],)

    def forward(self, pyramid: list[Tensor]) -> list[Tensor]:
        return [pyramid[self.index]]
