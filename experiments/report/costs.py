"""Costs of an arm, absolute and as a multiple of what it is compared with."""

from dataclasses import dataclass
from statistics import median

from experiments.plan.comparisons import Comparison
from experiments.results.paired import pairs, scored
from experiments.results.study import Study

UNITS = {"time": "seconds_per_step", "memory": "peak_memory_mib", "parameters": "parameters", "flops": "flops"}
"""What a recipe's budget may limit, by the name of the cost."""


@dataclass(frozen=True)
class Cost:
    """One kind of cost; None where nothing was measured.

    Args:
        value: Of the arm; the median over its seeds if seeds differ.
        ratio: To the other arm, mostly the baseline; the median of the ratios paired on the seed if seeds differ.
        low: Lowest ratio of a seed.
        high: Highest.
    """

    value: float | None = None
    ratio: float | None = None
    low: float | None = None
    high: float | None = None


def counted(study: Study, name: str, compared: Comparison) -> Cost:
    """Parameters or FLOPs: the same for every seed, measured before the first run."""
    value, baseline = (study.costs.get(each, {}).get(name) for each in (compared.arm, compared.against))
    ratio = value / baseline if value is not None and baseline else None
    return Cost(value, ratio, ratio, ratio)


def timed(study: Study, name: str, compared: Comparison) -> Cost:
    """Time or memory, as the finished trials measured it, each beside the other arm's trial of its seed."""
    both = [(ours, theirs) for ours, theirs in pairs(study, compared) if scored(study, ours) and scored(study, theirs)]
    spent = [(ours.get(name), theirs.get(name)) for ours, theirs in both]
    measured = [(one, other) for one, other in spent if one is not None and other]
    if not measured:
        return Cost()
    ratios = [one / other for one, other in measured]
    return Cost(median(one for one, _ in measured), median(ratios), min(ratios), max(ratios))


KINDS = {"parameters": counted, "flops": counted, "seconds_per_step": timed, "peak_memory_mib": timed}


def costs_of(study: Study, priced: Comparison | None) -> dict[str, Cost]:
    """What the first of two arms costs, by name."""
    return {name: measure(study, name, priced) if priced else Cost() for name, measure in KINDS.items()}
