"""Base class of the context and fusion blocks: pyramid in, pyramid out."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from torch import Tensor, nn

from lightning_modules.layers import Level, check_levels, check_positive


class PyramidBlock(nn.Module, ABC):
    """A block that turns one feature pyramid into another.

    A *context* block enriches the deepest level and passes the others on; a *fusion* block merges levels.
    Both have this one interface, so that any of them fits either slot. A subclass sets `self.levels`, the
    levels it returns, in its constructor; its constructor's first argument is the levels it gets.

    Shape:
        A list of (N, C_i, H_i, W_i), fine to coarse, one for each level → a list likewise. A map is
        ⌈H / stride⌉ × ⌈W / stride⌉ for an image of H × W, so that any image size works.
    """

    levels: tuple[Level, ...]

    @abstractmethod
    def forward(self, pyramid: list[Tensor]) -> list[Tensor]:
        raise NotImplementedError


def from_stride(owner: object, levels: Sequence[Level], finest_stride: int) -> tuple[Level, ...]:
    """The levels of this stride and coarser ones, at least two.

    Raises:
        ValueError: If the stride is below 1 or leaves fewer than two levels.
    """
    check_levels(owner, levels, at_least=2)
    check_positive(owner, finest_stride=finest_stride)
    kept = tuple(level for level in levels if level.stride >= finest_stride)
    if len(kept) < 2:
        strides = [level.stride for level in levels]
        raise ValueError(
            f"{type(owner).__name__}: finest_stride must leave two levels of the strides {strides}, got {finest_stride}"
        )
    return kept


def with_extra(owner: object, levels: Sequence[Level], count: int) -> tuple[Level, ...]:
    """The levels, and `count` coarser ones, each at twice the stride of the one before.

    Raises:
        ValueError: If the count is negative.
    """
    if count < 0:
        raise ValueError(f"{type(owner).__name__}: extra_levels must be at least 0, got {count}")
    channels, stride = levels[-1]
    return (*levels, *(Level(channels, stride * 2 ** (i + 1)) for i in range(count)))
