"""What tuning has shown: how each arm scored with each setting, and which suits it."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace

from experiments.declare import configs
from experiments.declare.configs import Config
from experiments.declare.tune import TUNED
from experiments.plan.arms import within
from experiments.plan.planned import Plan
from experiments.plan.trials import with_arms
from experiments.plan.tuning import with_settings
from experiments.results.study import Row, read_rows, score


@dataclass(frozen=True)
class Tried:
    """A setting that an arm was tried with.

    Args:
        setting: The setting.
        mean: Of the metric over the tuning seeds, a diverged run counting as the failure value; NaN until all ended.
        ended: How many of its trials did.
    """

    setting: Config
    mean: float
    ended: int

    @property
    def words(self) -> str:
        """The setting by the last parts of its keys."""
        return ", ".join(f"{key.rpartition('.')[2]} {value}" for key, value in configs.flatten(self.setting).items())


def tried(plan: Plan) -> dict[str, list[Tried]]:
    """The settings of each arm, by its plain name, in the order of the grid."""
    arms = [arm for arm in plan.arms if arm.tunes]
    names = {arm.name for arm in arms}
    trials = tuple(trial for trial in plan.trials if trial.arm in names)
    rows: dict[str, list[Row]] = {arm.name: [] for arm in arms}
    for row in read_rows(replace(plan, arms=tuple(arms), trials=trials, designs=())):
        rows[row["arm"]].append(row)
    found: dict[str, list[Tried]] = {}
    for arm in arms:
        found.setdefault(arm.plain, []).append(_tried(plan, arm.setting or {}, rows[arm.name]))
    return found


def _tried(plan: Plan, setting: Config, rows: Sequence[Row]) -> Tried:
    ended = [row for row in rows if row["status"].ended]
    if len(ended) < len(rows):
        return Tried(setting, math.nan, len(ended))
    scores = [score(row, plan.ablation) for row in ended]
    failure = plan.ablation.failure_value
    return Tried(setting, statistics.fmean(x if math.isfinite(x) else failure for x in scores), len(ended))


def best(plan: Plan, settings: Sequence[Tried]) -> Tried | None:
    """The setting with the best mean, of equal ones the first; None until all of them are known."""
    if any(math.isnan(each.mean) for each in settings):
        return None
    return (max if plan.ablation.higher_is_better else min)(settings, key=lambda each: each.mean)


def tuned(plan: Plan) -> Plan:
    """The plan with the settings of those arms that all have been tried for; it hangs on results and nothing else."""
    if not plan.ablation.tune:
        return plan
    found = {name: best(plan, settings) for name, settings in tried(plan).items()}
    settings = {within(TUNED, name): each.setting for name, each in found.items() if each}
    return with_arms(plan, with_settings(plan.arms, settings)) if settings else plan
