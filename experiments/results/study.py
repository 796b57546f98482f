"""Trial folders become one tidy table, and the table a study: all that a report shows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from experiments.declare.ablation import Ablation
from experiments.declare.target import STEPS, Target
from experiments.folder import LEDGER, State
from experiments.plan import registration
from experiments.plan.arms import Trial
from experiments.plan.planned import Plan
from experiments.results import recorded
from experiments.results.damage import damaged
from experiments.results.judged import judge
from experiments.results.no_ops import marked, with_no_ops
from experiments.results.race import wanted
from experiments.results.stale import stale_lines
from experiments.run import attempts, costs
from experiments.run.outcome import Curve, read_curve

if TYPE_CHECKING:  # scipy takes half a second
    from experiments.judge.interactions import Fit
    from experiments.judge.verdict import Verdict
    from experiments.results.images import Seen
    from experiments.results.sound import Fault

Row = dict[str, Any]
TIMINGS = ("seconds_per_step", "train_seconds", "peak_memory_mib")


@dataclass(frozen=True)
class Study:
    """What is known of an ablation, finished or not.

    Args:
        plan: The ablation with its arms and trials.
        sha256: The registered hash; empty if nothing is registered.
        rows: A row a trial: arm, seed, status (done, diverged, running, failed, open), metrics and costs;
            `steps_to_target` where there is a target, None in a run that never reached it.
        curves: arm → seed → the rows of its metrics.csv.
        costs: arm → parameters, flops, seconds_per_step and whatever else was measured before the first run.
        verdicts: A verdict for each comparison in the order declared, then for average effects, the placebo last; none
            with an arm in which a done trial has no finite metric.
        fits: design → what its arms say together, of factorials and screens.
        damaged: A line for each file that cannot be read.
        stale: A line for each arm with trials that were made by other code.
        unsound: What keeps baselines from telling anything.
    """

    plan: Plan
    sha256: str
    rows: list[Row]
    curves: dict[str, dict[int, Curve]]
    costs: dict[str, dict[str, Any]]
    verdicts: list[Verdict]
    fits: dict[str, Fit]
    damaged: list[str]
    stale: list[str]
    unsound: list[Fault] = field(default_factory=list)

    @cached_property
    def finished(self) -> dict[str, dict[int, Row]]:
        """Arm → seed → the row of a trial that ended, well or not."""
        found: dict[str, dict[int, Row]] = {arm.name: {} for arm in self.plan.arms}
        for row in self.rows:
            if row["status"].ended:
                found[row["arm"]][row["seed"]] = row
        return found

    @cached_property
    def results(self) -> dict[str, recorded.Results]:
        """Arm → seed → the result of a trial that has one."""
        return recorded.results(self.plan)

    @cached_property
    def images(self) -> dict[str, dict[int, Seen]]:
        """Arm → seed → what a trial's last validation says of single images, where it has left that."""
        from experiments.results.images import seen  # scipy takes half a second

        return seen(self)

    @cached_property
    def judged(self) -> dict[str, Verdict]:
        """What each verdict is about → the verdict."""
        return {verdict.arm: verdict for verdict in self.verdicts}


def read_study(plan: Plan) -> Study:
    """Read an ablation's folder.

    Raises:
        UserError: If it holds another registration than this plan's.
    """
    sound = not registration.fault(plan) and registration.check(plan)
    registered = registration.sha256(registration.content(plan)) if sound else ""
    curves = _curves(plan)
    rows, verdicts, fits = _judged(plan, _rows(plan, curves))
    from experiments.results.sound import faults  # numpy; `status` of many trials needs neither
    from experiments.results.unsound import with_faults

    unsound = faults(plan)
    verdicts, broken, outdated = with_faults(plan, verdicts, unsound), damaged(plan), stale_lines(plan)
    return Study(plan, registered, rows, curves, costs.known(plan), verdicts, fits, broken, outdated, unsound)


def read_verdicts(plan: Plan) -> tuple[list[Row], list[Verdict]]:
    """The rows and verdicts of a study alone, which take a fraction of the time."""
    rows, verdicts, _ = _judged(plan, read_rows(plan))
    return rows, verdicts


def _judged(plan: Plan, rows: list[Row]) -> tuple[list[Row], list[Verdict], dict[str, Fit]]:
    verdicts, fits = judge(plan, scores(rows, plan.ablation))
    verdicts = with_no_ops(plan, verdicts)
    return (_with_spared(plan, rows, verdicts) if plan.ablation.looks else rows), verdicts, fits


def read_rows(plan: Plan) -> list[Row]:
    """The rows of a study alone."""
    return _rows(plan, _curves(plan) if plan.ablation.target else {})


def _rows(plan: Plan, curves: Mapping[str, Mapping[int, Curve]]) -> list[Row]:
    rows = [_row(trial, state) for trial, state in zip(plan.trials, _states(plan), strict=True)]
    if plan.ablation.target is None:
        return rows
    return [_with_steps(row, plan.ablation.target, curves[row["arm"]]) for row in rows]


def _with_spared(plan: Plan, rows: Sequence[Row], verdicts: Sequence[Verdict]) -> list[Row]:
    """The rows of a race, in which the trials that nothing needs so far are no longer open."""
    due = wanted(plan, verdicts)
    spared = {(arm.name, seed) for arm in plan.arms for seed in arm.seeds[due[arm.name] :]}
    return [
        {**row, "status": State.SPARED} if row["status"] == State.OPEN and (row["arm"], row["seed"]) in spared else row
        for row in rows
    ]


def score(row: Row, ablation: Ablation) -> float:
    """What a trial counts for in the primary metric.

    NaN if it diverged, or is done and `unmeasured`; the registered failure value for a target that it never reached.
    """
    value = row.get(ablation.metric, math.nan) if row["status"] == State.DONE else math.nan
    return ablation.failure_value if value is None else float(value)


def unmeasured(rows: Sequence[Row], ablation: Ablation) -> dict[str, list[int]]:
    """Arm → seeds of done trials without a finite metric. They did not diverge: there was nothing to measure."""
    found: dict[str, list[int]] = {}
    for row in rows:
        if row["status"] == State.DONE and not math.isfinite(score(row, ablation)):
            found.setdefault(row["arm"], []).append(row["seed"])
    return found


def scores(rows: Sequence[Row], ablation: Ablation) -> dict[str, dict[int, float]]:
    """Arm → seed → metric, NaN for a diverged run; nothing of an arm in which something was not measured."""
    table: dict[str, dict[int, float]] = {row["arm"]: {} for row in rows}
    left_out = unmeasured(rows, ablation)
    for row in rows:
        if row["status"].ended and row["arm"] not in left_out:
            table[row["arm"]][row["seed"]] = score(row, ablation)
    return table


def _states(plan: Plan) -> list[State]:
    return marked(plan, attempts.states(plan.trials, plan.folder / LEDGER))


def _row(trial: Trial, state: str) -> Row:
    result = attempts.result(trial) or {}
    return {
        "arm": trial.arm,
        "seed": trial.seed,
        "status": State(result["status"]) if result else state,
        **result.get("metrics", {}),
        **result.get("cost", {}),
    }


def _with_steps(row: Row, target: Target, curves: Mapping[int, Sequence[Mapping[str, float]]]) -> Row:
    done = row["status"] == State.DONE
    return {**row, STEPS: target.steps(curves.get(row["seed"], [])) if done else None}


def _curves(plan: Plan) -> dict[str, dict[int, Curve]]:
    curves: dict[str, dict[int, Curve]] = {arm.name: {} for arm in plan.arms}
    for trial in plan.trials:
        curve = read_curve(trial.folder)
        if curve and attempts.result(trial):
            curves[trial.arm][trial.seed] = curve
    return curves
