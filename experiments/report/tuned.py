"""Tuning, told: the setting of each arm, and the verdicts that it turns around."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from experiments.declare.tune import TUNED, UNTUNED
from experiments.report.crossing import crossings
from experiments.report.numbers import decimals, fixed
from experiments.results.study import Study
from experiments.results.tuning import best, tried

if TYPE_CHECKING:  # scipy takes half a second
    from experiments.judge.verdict import Verdict


def settings(study: Study) -> list[list[str]]:
    """Rows of text, a header first and one for each arm: its setting beside all that it was tried with.

    None without tuning.
    """
    if study.plan.ablation.tune is None:
        return []
    places, metric = decimals(study.plan.ablation.sesoi) + 1, study.plan.ablation.metric
    rows = [["arm", "its setting", f"mean {metric} of each on the tuning seeds"]]
    for arm, every in tried(study.plan).items():
        chosen = best(study.plan, every)
        means = ", ".join(f"{each.words}: {fixed(each.mean, places)}" for each in every)
        rows.append([arm, chosen.words if chosen else "not known yet", means])
    return rows


def lines(study: Study) -> list[str]:
    """How the arms were tuned, and a sentence for each verdict that this turns around; nothing without tuning."""
    tune = study.plan.ablation.tune
    if tune is None:
        return []
    seeds = f"{tune.seeds} seed{'s' * (tune.seeds > 1)} that nothing else uses"
    how = (
        f"Tuned: every arm was tried with {len(tune.settings(''))} settings on {seeds}; the one with the best mean was "
        f"run again on the seeds that are judged. Untuned and tuned effects share the .05."
    )
    turned = [
        f"{name} flips: {one.verdict} untuned, {other.verdict} tuned."
        for name, one, other in _pairs(study)
        if _flips(one, other)
    ]
    return [how, *turned]


def json_text(study: Study) -> str:
    """Settings, and each effect untuned and tuned, as JSON, null where there is no such number."""
    chosen = {arm: best(study.plan, every) for arm, every in tried(study.plan).items()}
    found = {arm: {"setting": each.setting, "mean": each.mean} if each else None for arm, each in chosen.items()}
    told = [
        {"effect": name, UNTUNED: _record(one), TUNED: _record(other), "flips": _flips(one, other)}
        for name, one, other in _pairs(study)
    ]
    return json.dumps({"settings": found, "effects": told}, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _pairs(study: Study) -> list[tuple[str, Verdict, Verdict]]:
    """Each effect with its verdicts untuned and tuned."""
    return [(each.name, *(verdict for _, verdict in each.effects)) for each in crossings(study)]  # type: ignore[misc]


def _flips(one: Verdict, other: Verdict) -> bool:
    from experiments.judge.flips import contradict

    return contradict(one.verdict, other.verdict)


def _record(verdict: Verdict) -> dict[str, Any]:
    numbers = {"mean": verdict.mean, "low": verdict.plain_low, "high": verdict.plain_high, "p": verdict.p}
    shown = {name: None if math.isnan(value) else value for name, value in numbers.items()}
    return {"verdict": verdict.verdict, **shown}
