"""The course of a race: who stopped when, and why, and what that saved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from experiments.plan.planned import registered_alphas
from experiments.results.study import Study

if TYPE_CHECKING:
    from experiments.judge.verdict import Verdict

REASONS = {
    "futile": "a verdict by the last look was unlikely",
    "last look": "the last look",
    "": "goes on",
}


def course(study: Study) -> list[tuple[str, int, str]]:
    """(trick, seeds, why it stopped there) in the order declared; nothing where seeds are fixed."""
    if not study.plan.ablation.looks:
        return []
    return [(verdict.arm, verdict.k, _why(study, verdict)) for verdict in study.verdicts if not verdict.placebo]


def saved(study: Study) -> str:
    """How many trials the race took, in a sentence; empty where seeds are fixed."""
    looks = study.plan.ablation.looks
    if not looks:
        return ""
    spared = sum(not row["status"].needed for row in study.rows)
    most = len(study.rows)
    at = ", ".join(map(str, looks))
    return f"Raced at looks of {at} seeds: {most - spared} of at most {most} trials were needed so far."


def lines(study: Study) -> list[str]:
    """The course as text, a line a trick."""
    told = [f"{trick}: {seeds} seeds, {why}." for trick, seeds, why in course(study)]
    return [saved(study), *told] if told else []


def _why(study: Study, verdict: Verdict) -> str:
    from experiments.judge.course import stopped

    plan = study.plan
    asked = [design for design in plan.designs if verdict.arm in {each.name for each in design.comparisons}]
    why = stopped(verdict, registered_alphas(plan, (asked or plan.designs)[0]), plan.ablation.sesoi)
    return f"stopped: {REASONS.get(why, why)}" if why else REASONS[why]
