"""Designs: what is asked of arms, such as the effect of a trick or how far it differs between two conditions."""

from dataclasses import dataclass

from experiments.judge.alphas import BANKED
from experiments.plan.arms import BASELINE, Arm, within


@dataclass(frozen=True)
class Comparison:
    """Two arms that differ by one trick, whose effect is the first minus the second.

    Args:
        trick: Name of the trick.
        arm: Name of the arm that has it.
        against: Name of the arm that does not.
        condition: The condition that both are under; empty where there are none.
    """

    trick: str
    arm: str
    against: str = BASELINE
    condition: str = ""

    @property
    def alone(self) -> bool:
        """Whether it is the trick alone beside the baseline of its condition."""
        return (self.arm, self.against) == (within(self.condition, self.trick), within(self.condition, BASELINE))

    @property
    def between(self) -> str:
        """What is compared with what; of the trick alone its condition, if there is one."""
        return self.condition if self.alone else f"{self.arm} − {self.against}"

    @property
    def name(self) -> str:
        """What it is called."""
        return self.arm if self.alone else f"{self.trick}: {self.between}"


@dataclass(frozen=True)
class Difference:
    """How far a trick's effect differs between two conditions: their interaction.

    Args:
        trick: Name of the trick.
        effect: Name of its effect under the second condition declared.
        minus: Name of the same effect under the first.
        between: What is subtracted from what, in words.
    """

    trick: str
    effect: str
    minus: str
    between: str

    @property
    def name(self) -> str:
        """What it is called."""
        return f"{self.trick}: {self.between}"


@dataclass(frozen=True)
class Design:
    """The arms of one design, and what is asked of them: comparisons of two, or a fit to all of them.

    Args:
        name: Such as `alone`.
        arms: The baseline first.
        comparisons: In the order declared; none where all arms are fitted together.
        groups: The tricks of a fit, as lists of alternatives.
        condition: The condition that its arms are under; empty where there are none.
    """

    name: str
    arms: tuple[Arm, ...]
    comparisons: tuple[Comparison, ...] = ()
    groups: tuple[tuple[str, ...], ...] = ()
    condition: str = ""

    @property
    def title(self) -> str:
        """Its name, with that of its condition."""
        return within(self.condition, self.name)

    @property
    def hub(self) -> str | None:
        """The arm that all comparisons have in common on one side, such as the baseline; None if there is none."""
        for ends in ({each.against for each in self.comparisons}, {each.arm for each in self.comparisons}):
            if len(ends) == 1:
                return ends.pop()
        return None

    @property
    def banked(self) -> bool:
        """Whether its hub runs twice as many seeds as the others where it is raced."""
        return self.hub is not None and len(self.comparisons) >= BANKED

    @property
    def tricks(self) -> tuple[str, ...]:
        """The tricks of a fit."""
        return tuple(trick for group in self.groups for trick in group)

    def average(self, trick: str) -> str:
        """What a trick's average effect in a fit is called."""
        return f"{trick}: average of {self.title}"
