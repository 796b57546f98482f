"""What is asked of the arms: the effect of a trick, and how far it differs between two conditions."""

from dataclasses import dataclass

from experiments.declare.sheet import Expectation
from experiments.plan.arms import BASELINE, Plan, within


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


def expected(plan: Plan, compared: Comparison) -> Expectation:
    """What is expected of a comparison: the sheet's claim is about the trick alone, others are the ablation's."""
    if compared.alone:
        return plan.arm(compared.arm).about.expects
    return plan.ablation.expected(compared.trick, compared.condition) or "unknown"


def differences(plan: Plan) -> list[Difference]:
    """Those that the ablation declares: of each effect that such a trick has under both conditions."""
    if not any(map(plan.ablation.differs, plan.ablation.expects)):
        return []
    one, other = plan.ablation.conditions
    both = zip(_effects(plan, one), _effects(plan, other), strict=True)
    return [
        Difference(trick, effect, minus, f"{other} − {one}{detail}")
        for (trick, minus, detail), (_, effect, _) in both
        if plan.ablation.differs(trick)
    ]


def _effects(plan: Plan, condition: str) -> list[tuple[str, str, str]]:
    """(trick, name, what sets it apart from the trick alone) of each effect under a condition."""
    compared = [each for each in plan.comparisons if each.condition == condition]
    details = ["" if each.alone else f", {each.between.replace(within(condition, ''), '')}" for each in compared]
    made = [(each.trick, each.name, detail) for each, detail in zip(compared, details, strict=True)]
    fitted = [design for design in plan.fitted if design.condition == condition]
    return made + [(t, design.average(t), f", average of {design.name}") for design in fitted for t in design.tricks]
