"""A decay: the learning rate's factor as a function of how much of the run is done."""

from abc import ABC, abstractmethod

EPSILON = 1e-9  # a step that falls on a boundary must not miss it by the rounding of a share


class Decay(ABC):
    """A decay is a function of progress, so that it fits any run and resumes without state.

    Shape:
        progress in [0, 1] → factor of the base learning rate.
    """

    @abstractmethod
    def factor(self, progress: float) -> float:
        """The factor at a share of the run, counted from the end of the warmup."""
        raise NotImplementedError


def check_factor(owner: object, **factors: float) -> None:
    """Refuse what does not lie in (0, 1]; the keyword is the argument's name in the message.

    Raises:
        ValueError: Names the owner's class, the argument and the value.
    """
    for name, factor in factors.items():
        if not 0 < factor <= 1:
            raise ValueError(f"{type(owner).__name__}: {name} must lie in (0, 1], got {factor}")


def check_end(owner: object, end: float) -> None:
    """Refuse an end outside [0, 1].

    Raises:
        ValueError: Names the owner's class and the value.
    """
    if not 0 <= end <= 1:
        raise ValueError(f"{type(owner).__name__}: end must lie in [0, 1], got {end}")
