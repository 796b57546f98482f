"""What was made by other code than is here now: it still counts in a report, and is named there."""

from collections.abc import Iterator, Mapping, Sequence

from experiments.code import in_short
from experiments.plan.arms import Trial
from experiments.plan.planned import Plan
from experiments.run import attempts, costs


def stale_lines(plan: Plan, known: Mapping[str, Sequence[str]] | None = None) -> list[str]:
    """A line for each arm, and each cost, that other code made; `ablate` makes them anew.

    Args:
        plan: The ablation.
        known: Address → what `changed` says, of trials that need not be read.
    """
    return [*_trials(plan, known or {}), *_costs(plan)]


def changed(trial: Trial) -> list[str]:
    """The modules that were others when a trial was made; none of one without a result."""
    result = attempts.result(trial)
    return trial.origin.code.changed(result["made_from"]) if result else []


def _trials(plan: Plan, known: Mapping[str, Sequence[str]]) -> Iterator[str]:
    made: dict[tuple[str, str], list[str]] = {}
    for trial in plan.trials:
        modules = known[trial.origin.address] if trial.origin.address in known else changed(trial)
        if modules:
            made.setdefault((trial.arm, in_short(modules)), []).append(str(trial.seed))
    for (arm, names), seeds in made.items():
        which = f"seed{'s' * (len(seeds) > 1)} {', '.join(seeds)}"
        yield f"{arm}, {which}: made by other code than is here now ({names} changed)"


def _costs(plan: Plan) -> Iterator[str]:
    for arm in plan.settled:
        measured = costs.read(plan, arm)
        if measured and arm.code.changed(measured):
            names = in_short(arm.code.changed(measured))
            yield f"what {arm.name} costs was measured with other code than is here now ({names} changed)"
