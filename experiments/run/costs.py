"""Costs of the whole matrix, and whether every arm is what it says: asked before the first run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from experiments.declare.configs import Config, nearest
from experiments.declare.target import STEPS
from experiments.errors import COMPLAINT, DEVICE, DiskError, UserError
from experiments.files import read_json
from experiments.folder import COSTS
from experiments.plan import lengths
from experiments.plan.arms import Arm, Trial
from experiments.plan.no_ops import refuse_no_ops
from experiments.plan.planned import Plan
from experiments.plan.tuning import untuned
from experiments.run.launchers.job import Job
from experiments.run.launchers.launcher import Launcher
from experiments.run.outcome import is_number

TIMED = 2.0  # seconds of steps, where lengths hang on what a step takes
START_SECONDS = 1.0  # of a trial in the runner; `make bench` measures it
FORM = {"layers": list, "metrics": list, "config": dict, "first_steps": list}  # of a file, and its figures
NUMBERS = ("parameters", "flops", "steps", "seconds_per_step", "seconds")
STEP = ("flops_per_step", "batches_per_step", "steps_per_epoch", "validation_seconds")  # what budgets need, too


@dataclass(frozen=True)
class Cost:
    """What one arm costs.

    Args:
        arm: Name of the arm.
        baseline: Name of the baseline that it is told against.
        parameters: Trainable parameters.
        flops: Of a forward pass on one image.
        seconds_per_step: Of training.
        steps: Optimizer steps of one trial.
        seconds: Estimate for one trial.
        acts: Whether the first steps end in other weights than the baseline's.
    """

    arm: str
    baseline: str
    parameters: int
    flops: int
    seconds_per_step: float
    steps: int
    seconds: float
    acts: bool


def measure_costs(plan: Plan, launcher: Launcher) -> Iterator[tuple[int, int]]:
    """Measure every arm that has not been measured yet, several at a time.

    Yields:
        (arms measured, arms in all).

    Raises:
        UserError: If an arm cannot be built, resolves to the baseline's config or does not record the metric, or if a
            run that never reaches the target would score better than one that does.
    """
    plan = replace(plan, arms=plan.settled)
    arms = [arm for arm in plan.arms if not is_measured(plan, arm)]
    jobs = [_job(plan, arm) for arm in arms]
    done = len(plan.arms) - len(arms)
    for event in launcher.run(jobs):
        index, code = event or (0, None)
        if isinstance(code, int):
            _refuse_failed(arms[index], jobs[index], code)
            done += 1
        yield done, len(plan.arms)
    refuse_no_ops(plan, lambda arm: _resolved(_read(plan, arm)))
    _refuse_unknown_metrics(plan)
    if plan.ablation.metric == STEPS:
        _refuse_good_failure(plan)


def path(plan: Plan, arm: Arm) -> Path:
    """Where an arm's measured cost lies."""
    return plan.folder / COSTS / f"{arm.name}.json"


def read(plan: Plan, arm: Arm) -> dict[str, Any] | None:
    """What was measured of an arm, for trials of its length; None if there is nothing that can be read.

    Of one that is trained to find a setting, or has none yet, it is what was measured of it as it is declared.
    """
    content = read_json(path(plan, arm if path(plan, arm).exists() else untuned(plan, arm))) or {}
    shaped = all(isinstance(content.get(key), kind) for key, kind in FORM.items())
    if not shaped or not all(is_number(content.get(key)) for key in NUMBERS):
        return None
    known = arm.steps is not None and tells_of_steps(content)
    return content | {"steps": arm.steps, "seconds": lengths.seconds(content, arm.steps or 0)} if known else content


def tells_of_steps(measured: dict[str, Any]) -> bool:
    """Older versions did not measure all of this."""
    return all(is_number(measured.get(key)) for key in STEP)


def known(plan: Plan) -> dict[str, dict[str, Any]]:
    """What was measured, by the names of the arms that are compared."""
    return {arm.name: measured for arm in plan.settled if (measured := read(plan, arm))}


def read_costs(plan: Plan) -> list[Cost]:
    """The measured costs, in the order of the arms, without those whose settings are not known yet."""
    measured = {arm.name: _read(plan, arm) for arm in plan.settled}
    return [_cost(arm, measured[arm.name], measured[arm.baseline]) for arm in plan.settled]


def _cost(arm: Arm, own: dict[str, Any], baseline: dict[str, Any]) -> Cost:
    figures = {name: own[name] for name in ("parameters", "flops", "seconds_per_step", "steps", "seconds")}
    return Cost(arm=arm.name, baseline=arm.baseline, **figures, acts=own["first_steps"] != baseline["first_steps"])


def seconds(plan: Plan, trials: Sequence[Trial], jobs: int) -> float:
    """Estimate for some of its trials, with so many jobs at a time."""
    each = {arm.name: _read(plan, arm)["seconds"] + START_SECONDS for arm in plan.arms}
    return sum(each[trial.arm] for trial in trials) / jobs


def _job(plan: Plan, arm: Arm) -> Job:
    out = path(plan, arm)
    log = out.with_suffix(".log")
    log.unlink(missing_ok=True)
    made_from = {"layers": _layers(arm), "code": arm.code.modules}
    timed = TIMED if plan.ablation.budget and plan.ablation.budget.unit == "seconds" else 0.0
    arguments = (list(_argv(plan, arm)), made_from, out, timed)
    measure = "measure_baseline" if arm.name == arm.baseline else "measure_arm"
    return Job(f"experiments.trial.costs.measure:{measure}", arguments, log, alone=True)


def _argv(plan: Plan, arm: Arm) -> tuple[str, ...]:
    return next(trial.argv for trial in plan.trials if trial.arm == arm.name)


def _read(plan: Plan, arm: Arm) -> dict[str, Any]:
    if measured := read(plan, arm):
        return measured
    raise UserError(f"{path(plan, arm)} cannot be read; run the same command again to measure {arm.name} anew")


def is_measured(plan: Plan, arm: Arm) -> bool:
    measured = read(plan, arm)
    if measured is None or (plan.ablation.budget and not tells_of_steps(measured)):
        return False
    return measured["layers"] == _layers(arm) and not arm.code.changed(measured)


def _layers(arm: Arm) -> list[Config]:
    return [*arm.contents, arm.setting] if arm.setting else arm.contents


def _refuse_failed(arm: Arm, job: Job, code: int) -> None:
    if code:
        last = job.last_line() or "it ended with no output"
        said = last.removeprefix(COMPLAINT)
        if code == 1 and said != last:  # not a traceback
            raise DiskError(f"arm {arm.name} cannot be measured: {said}")
        what = "measured" if code == DEVICE else "built"
        raise UserError(f"arm {arm.name} cannot be {what}: {said} (see {job.log})")


def _resolved(measured: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in measured["config"].items() if key != "seed_everything"}


def _refuse_unknown_metrics(plan: Plan) -> None:
    """Of an arm that diverged while it was measured no metric is known, and none refused."""
    ablation = plan.ablation
    wanted = {"metric": ablation.metric, "target": ablation.target.metric if ablation.target else STEPS}
    for arm in plan.arms:
        recorded = _read(plan, arm)["metrics"]
        for key, metric in wanted.items():
            if recorded and metric not in (STEPS, *recorded):
                what = f"{key}: no trial of arm {arm.name} would record {metric!r}"
                raise UserError(f"{ablation.file}: {what}{nearest(metric, recorded)}")


def _refuse_good_failure(plan: Plan) -> None:
    longest, failure = max(_read(plan, arm)["steps"] for arm in plan.arms), plan.ablation.failure_value
    if failure < longest:
        raise UserError(
            f"{plan.ablation.file}: failure_value, what a run scores that never reaches the target, "
            f"must be at least the length of a run, {longest} steps, got {failure:g}"
        )
