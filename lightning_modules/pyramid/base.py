"""What every context and fusion block is: pyramid in, pyramid out."""

from collections.abc import Sequence

from torch import Tensor, nn

from lightning_modules.layers import Level


class PyramidBlock(nn.Module):
    """A block that turns one feature pyramid into another.

    A *context* block enriches the deepest level and passes the others on; a *fusion* block merges levels.
    Both have this one interface, so that any of them fits either slot. A subclass sets `self.levels`, the
    levels it returns, in its constructor; its constructor's first argument is the levels it gets.

    Shape:
        A list of (N, C_i, H_i, W_i), fine to coarse, one for each level → a list likewise.
    """

    levels: tuple[Level, ...]

    def forward(self, pyramid: list[Tensor]) -> list[Tensor]:
        raise NotImplementedError


def at_least(levels: Sequence[Level], count: int, block: str) -> None:
    """Refuse a pyramid with fewer than `count` levels.

    Raises:
        ValueError: Names the block, what it needs and what it got.
    """
    if len(levels) < count:
        raise ValueError(f"{block} needs at least {count} levels, got {len(levels)}: {[tuple(x) for x in levels]}")
