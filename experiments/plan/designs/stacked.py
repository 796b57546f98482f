"""The ladder: each trick on top of those before it."""

from collections.abc import Sequence

from experiments.plan.arms import BASELINE
from experiments.plan.comparisons import Comparison, Design
from experiments.plan.designs.sizes import refuse_fewer
from experiments.plan.sources import Sources


def design(sources: Sources) -> Design:
    """The ladder in the order written, each rung compared with the one below: what a trick adds depends on the order.

    Of a list of alternatives, the ladder goes on from the first; the others are rungs beside it.

    Raises:
        UserError: If there is but one trick.
    """
    return _ladder("stacked", sources, sources.names, "upto")


def stacked_reversed(sources: Sources) -> Design:
    """The ladder from the last trick to the first: where the steps differ from those of `stacked`, the order made them.

    Raises:
        UserError: If there is but one trick.
    """
    return _ladder("stacked_reversed", sources, sources.names[::-1], "from")


def _ladder(design: str, sources: Sources, slots: Sequence[Sequence[str]], prefix: str) -> Design:
    refuse_fewer(2, sources, design)
    arms, comparisons = [sources.baseline], []
    below, on = BASELINE, list[str]()
    for slot in slots:
        names = {trick: f"{prefix}-{trick}" if on else trick for trick in slot}
        if len(on) == len(slots) - 1:
            names[slot[0]] = "full"
        arms += [sources.arm(name, [*on, trick]) for trick, name in names.items()]
        comparisons += [Comparison(trick, name, below) for trick, name in names.items()]
        below, on = names[slot[0]], [*on, slot[0]]
    return Design(design, tuple(arms), tuple(comparisons))
