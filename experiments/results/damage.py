"""The files of an ablation that cannot be read, each in one line: nothing is passed over in silence."""

from collections.abc import Iterator

from experiments.folder import LEDGER, METRICS, RESULT, TRIAL
from experiments.plan import registration
from experiments.plan.planned import Plan
from experiments.run import costs, ledger
from experiments.run.outcome import has_curve, has_origin, read_result


def damaged(plan: Plan) -> list[str]:
    """A line for each file that cannot be read, or does not hold what belongs there, and what follows from that."""
    return [*_registration(plan), *of_ledger(plan), *_costs(plan), *_trials(plan)]


def _registration(plan: Plan) -> Iterator[str]:
    if fault := registration.fault(plan):
        yield f"{fault}: the ablation counts as not registered"


def of_ledger(plan: Plan) -> Iterator[str]:
    """A line if launches are unknown: it touches no verdict, as nothing but their count hangs on the ledger."""
    if count := ledger.unreadable(plan.folder / LEDGER):
        yield f"{plan.folder / LEDGER}: {count} line{'s' * (count > 1)} cannot be read, so passed over"


def _costs(plan: Plan) -> Iterator[str]:
    for arm in plan.arms:
        path = costs.path(plan, arm)
        if path.exists() and costs.read(plan, arm) is None:
            yield f"{path} cannot be read: what {arm.name} costs counts as not measured"


def _trials(plan: Plan) -> Iterator[str]:
    readers = {RESULT: read_result, METRICS: has_curve, TRIAL: has_origin}
    for trial in plan.trials:
        for name, read in readers.items():
            if not read(trial.folder) and (trial.folder / name).exists():
                follows = "" if name == TRIAL else ": the trial counts as not done"
                yield f"{trial.folder / name} cannot be read{follows}"
