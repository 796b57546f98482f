"""What was made by other code than is here now: it still counts in a report, and is named there."""

from collections.abc import Iterator

from experiments.plan.planned import Plan
from experiments.run import attempts, costs


def stale_lines(plan: Plan) -> list[str]:
    """A line for each arm, and each cost, that other code made; `ablate` makes them anew."""
    return [*_trials(plan), *_costs(plan)]


def _trials(plan: Plan) -> Iterator[str]:
    made: dict[tuple[str, str], list[str]] = {}
    for trial in plan.trials:
        result = attempts.result(trial)
        changed = trial.origin.code.changed(result["made_from"]) if result else []
        if changed:
            made.setdefault((trial.arm, ", ".join(changed)), []).append(str(trial.seed))
    for (arm, names), seeds in made.items():
        which = f"seed{'s' * (len(seeds) > 1)} {', '.join(seeds)}"
        yield f"{arm}, {which}: made by other code than is here now ({names} changed)"


def _costs(plan: Plan) -> Iterator[str]:
    for arm in plan.settled:
        measured = costs.read(plan, arm)
        if measured and arm.code.changed(measured):
            changed = ", ".join(arm.code.changed(measured))
            yield f"what {arm.name} costs was measured with other code than is here now ({changed} changed)"
