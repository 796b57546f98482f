"""A budget of FLOPs or seconds becomes optimizer steps, by what was measured of each arm."""

from experiments.declare.budget import UNITS, Budget
from experiments.errors import UserError
from experiments.plan import registration
from experiments.plan.arms import Arm
from experiments.plan.planned import Plan
from experiments.plan.trials import with_steps
from experiments.plan.tuning import untuned
from experiments.run import costs


def budgeted(plan: Plan) -> Plan:
    """The plan with every arm's steps, once they are known: as registered, else as the arms' first steps were measured.

    All seeds of an arm train for the same number of steps, so that a schedule knows its length, a trial can be resumed
    and repeated to the bit, and its address says all that it is. Seconds are those of the machine that measured; what
    each trial took is on the page.

    Raises:
        UserError: If an arm's steps cannot be measured, or it affords none.
    """
    budget = plan.ablation.budget
    if budget is None or not budget.measured:
        return plan
    steps = registration.lengths(plan) or _measured(plan, budget)
    return with_steps(plan, steps) if steps.keys() >= {arm.name for arm in plan.arms} else plan


def _measured(plan: Plan, budget: Budget) -> dict[str, int]:
    steps: dict[str, int] = {}  # by digest: arms of one config, such as the placebo and its baseline, are as long
    for arm in plan.arms:
        digest = untuned(plan, arm).digest
        if digest not in steps and (each := _per_step(plan, arm, budget.unit)) is not None:
            steps[digest] = _afforded(arm, budget, each)
    known = {arm.name: untuned(plan, arm).digest for arm in plan.arms}
    return {name: steps[digest] for name, digest in known.items() if digest in steps}


def _afforded(arm: Arm, budget: Budget, each: float) -> int:
    if each <= 0:
        raise UserError(f"arm {arm.name}: the {UNITS[budget.unit]} of a step cannot be measured; budget steps instead")
    steps = round(budget.amount / each)
    if steps < 1:
        raise UserError(f"arm {arm.name}: the budget, {budget}, is below one step, which takes {each:.3g}")
    return steps


def _per_step(plan: Plan, arm: Arm, unit: str) -> float | None:
    """FLOPs or seconds of one optimizer step of an arm; None if they were not measured of what it is now."""
    arm = untuned(plan, arm)
    measured = costs.read(plan, arm)
    if measured is None or measured["layers"] != arm.contents or not costs.tells_of_steps(measured):
        return None
    seconds = measured["seconds_per_step"] * measured["batches_per_step"]
    return float(seconds if unit == "seconds" else measured["flops_per_step"])
