"""Curves in a terminal, in plain characters of two by four dots each."""

from collections.abc import Sequence
from itertools import pairwise

BLANK = 0x2800
DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))  # of a character: column, then row from the top


def plot(curves: Sequence[Sequence[float]], width: int = 70, height: int = 15) -> list[str]:
    """Draw curves over one axis from 0 to their maximum, all over the same steps.

    Args:
        curves: One or more, equally long.
        width: In characters.
        height: In lines.
    """
    cells = [[BLANK] * width for _ in range(height)]
    top = max(max(curve) for curve in curves) or 1.0
    for curve in curves:
        columns = [curve[round(x * (len(curve) - 1) / (2 * width - 1))] for x in range(2 * width)]
        rows = [round((1 - value / top) * (4 * height - 1)) for value in columns]
        for x, (before, row) in enumerate(pairwise([rows[0], *rows])):
            for y in range(min(before, row), max(before, row) + 1):  # a jump is a line
                cells[y // 4][x // 2] |= DOTS[x % 2][y % 4]
    return ["".join(map(chr, line)).rstrip(chr(BLANK)) for line in cells]
