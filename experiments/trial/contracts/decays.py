"""The contract of every decay of the learning rate."""

from collections.abc import Callable
from typing import TypeAlias

from lightning_modules.optim import Decay

Make: TypeAlias = Callable[[], Decay]
SHARES = [i / 100 for i in range(101)]


def factors_are_shares_of_the_rate(make: Make) -> None:
    """Every factor lies in [0, 1]."""
    wrong = [share for share in SHARES if not 0 <= make().factor(share) <= 1]
    assert not wrong, f"the factor is {make().factor(wrong[0])} at {wrong[0]:.0%} of the run"


def it_begins_with_the_whole_rate(make: Make) -> None:
    """The factor at the start of the run is 1."""
    assert make().factor(0.0) == 1, f"it begins with {make().factor(0.0)}"


def it_has_no_memory(make: Make) -> None:
    """The factor is a function of progress alone, so that a run resumes without state."""
    decay = make()
    forwards = [decay.factor(share) for share in SHARES]
    assert [decay.factor(share) for share in reversed(SHARES)] == forwards[::-1], "it depends on the order of calls"


CONTRACT: tuple[Callable[[Make], None], ...] = (
    factors_are_shares_of_the_rate,
    it_begins_with_the_whole_rate,
    it_has_no_memory,
)
