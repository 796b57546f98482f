"""The forest plot: every seed, both intervals and the band of effects too small to matter."""

from dataclasses import dataclass

from experiments.draw.scale import Scale, limits
from experiments.plan.arms import BASELINE, within
from experiments.report.page.entries import Entry
from experiments.results.paired import failed
from experiments.results.study import Study

ROW = 44  # pixels


@dataclass(frozen=True)
class Dot:
    """One seed's effect."""

    seed: int
    value: float
    diverged: bool  # one of its runs


@dataclass(frozen=True)
class Forest:
    """What the plot shows.

    Args:
        rows: An arm and its dots.
        x: Effect → percent of the width.
    """

    rows: list[tuple[Entry, list[Dot]]]
    x: Scale
    row: int = ROW

    @property
    def height(self) -> int:
        """Of all rows, in pixels."""
        return self.row * len(self.rows)


def forest_plot(study: Study, entries: list[Entry]) -> Forest | None:
    """Lay out the arms in the order declared; None before there is a pair. Failures and wide intervals may be cut."""
    rows = [(entry, _dots(study, entry)) for entry in entries]
    if not any(dots for _, dots in rows):
        return None
    sesoi = study.plan.ablation.sesoi
    shown = [dot.value for _, dots in rows for dot in dots if not dot.diverged]
    verdicts = [entry.verdict for entry in entries]
    wished = [end for v in verdicts for end in (v.low, v.high, v.equivalence_low, v.equivalence_high)]
    return Forest(rows, Scale(*limits([*shown, -1.25 * sesoi, 1.25 * sesoi], wished), 0.0, 100.0))


def _dots(study: Study, entry: Entry) -> list[Dot]:
    baseline = within(entry.effect.condition, BASELINE)
    diverged = failed(study, entry.effect.weights or [baseline])  # a placebo at no cost is of its runs
    return [Dot(seed, value, seed in diverged) for seed, value in entry.verdict.differences]
