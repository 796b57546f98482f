"""A plot of effects below one another: a name, then its effects, each with an interval."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from experiments.draw.scale import Scale, limits
from experiments.judge.verdict import Verdict
from experiments.report.means import Mean

ROW = 28  # pixels


@dataclass(frozen=True)
class Strip:
    """A row: a name, or one of its effects.

    Args:
        label: The name, or what the effect is of.
        mean: The effect with its plain interval; None in a row with a name.
        verdict: Its verdict, if it has one.
        word: What is said of an effect without one.
        arm: The effect of the table that this row is shown and hidden with; empty if it goes with its name's.
    """

    label: str
    mean: Mean | None = None
    verdict: Verdict | None = None
    word: str = ""
    arm: str = ""


@dataclass(frozen=True)
class Strips:
    """What the plot shows.

    Args:
        rows: Its rows.
        x: Effect → percent of the width.
    """

    rows: list[Strip]
    x: Scale
    row: int = ROW

    @property
    def groups(self) -> list[int]:
        """For each row the number of the name that it stands below."""
        return list(accumulate(int(row.mean is None) for row in self.rows))

    @property
    def height(self) -> int:
        """Of all rows, in pixels."""
        return self.row * len(self.rows)


def strip_plot(rows: Sequence[Strip], sesoi: float) -> Strips | None:
    """Lay out the rows; None before there is an effect."""
    means = [row.mean for row in rows if row.mean and math.isfinite(row.mean.value)]
    if not means:
        return None
    wished = [end for mean in means for end in (mean.low, mean.high)]
    wished += [end for row in rows if row.verdict for end in (row.verdict.low, row.verdict.high)]
    shown = [*(mean.value for mean in means), -1.25 * sesoi, 1.25 * sesoi]
    return Strips(list(rows), Scale(*limits(shown, wished)))
