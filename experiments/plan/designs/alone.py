"""One trick at a time."""

from experiments.plan.comparisons import Comparison, Design
from experiments.plan.sources import Sources


def design(sources: Sources) -> Design:
    """The baseline, and the baseline with each trick: does it help, added to the baseline?"""
    tricks = [trick for slot in sources.names for trick in slot]
    arms = [sources.arm(trick, [trick]) for trick in tricks]
    return Design("alone", (sources.baseline, *arms), tuple(Comparison(trick, trick) for trick in tricks))
