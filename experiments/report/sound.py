"""What speaks against believing anything, said first; and what was seen of the data and of the baseline."""

from collections.abc import Sequence

from experiments.plan.planned import Plan
from experiments.results import sound
from experiments.run import looked

THEN = {
    sound.LEARNED_NOTHING: "What is compared with it says nothing about the tricks: train the baseline alone until it "
    "learns (its learning rate, its length, what the masks or boxes hold: `trickbench data check`), then ablate",
}
ELSE = "Look at what the masks or boxes hold (`trickbench data check`) before any verdict is believed"


def first(plan: Plan) -> list[str]:
    """A line for each baseline that deserves no verdict."""
    return lines(sound.faults(plan))


def lines(faults: Sequence[sound.Fault]) -> list[str]:
    """A line for each of them."""
    return [f"{fault.said}. {THEN.get(fault.what, ELSE)}." for fault in faults]


def seen(plan: Plan) -> list[str]:
    """What was odd in the data, and where the baseline is weakest."""
    return [*looked.seen(plan), *sound.weakest(plan)]
