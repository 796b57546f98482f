"""The course of a race: who stopped when, and why, and what that saved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Course:
    """How far an arm of a race went.

    Args:
        name: The effect, or the baseline.
        seeds: How many it ran.
        why: Why it stopped there; empty for a baseline, which runs as long as anything does.
        parts: (run, spared or still to come) between each two looks.
        verdict: What the effect has shown.
    """

    name: str
    seeds: int
    why: str
    parts: list[tuple[int, int]]
    verdict: Verdict | None = None

    def __str__(self) -> str:
        drawn = " ".join("●" * run + "○" * left for run, left in self.parts)
        return f"{drawn}  {self.name}: {self.seeds} seed{'s' * (self.seeds != 1)}{f', {self.why}' if self.why else ''}."


def list_courses(study: Study) -> list[Course]:
    """The effects and then the baselines, in the order declared; nothing where seeds are fixed."""
    looks, plan = study.plan.ablation.looks, study.plan
    if not looks:
        return []
    judged = [verdict for verdict in study.verdicts if not verdict.placebo]
    effects = [Course(v.arm, v.k, _why(study, v), _parts(v.k, looks), v) for v in judged]
    counts = {arm.name: len(study.finished[arm.name]) for arm in plan.baselines}
    times = {name: 2 if name in plan.banks else 1 for name in counts}
    bases = [Course(name, k, "", _parts(k, [times[name] * look for look in looks])) for name, k in counts.items()]
    return effects + bases


def _parts(seeds: int, looks: Sequence[int]) -> list[tuple[int, int]]:
    lengths = [(before, look - before) for before, look in zip([0, *looks], looks, strict=False)]
    ran = [(min(max(seeds - before, 0), length), length) for before, length in lengths]
    return [(run, length - run) for run, length in ran]


def so_far(study: Study) -> str:
    """What to add where a race still goes on."""
    return " so far" * any(each.why == REASONS[""] for each in list_courses(study))


def saved(study: Study) -> str:
    """How many trials the race took, in a sentence; empty where seeds are fixed."""
    looks = study.plan.ablation.looks
    if not looks:
        return ""
    spared = sum(not row["status"].needed for row in study.rows)
    most = len(study.rows)
    at = ", ".join(map(str, looks))
    return f"Raced at looks of {at} seeds: {most - spared} of at most {most} trials were needed{so_far(study)}."


def lines(study: Study) -> list[str]:
    """The course as text, a line for each: a dot for a seed, a ring for one that was not needed, at each look a gap."""
    told = [str(each) for each in list_courses(study)]
    return [saved(study), *told] if told else []


def _why(study: Study, verdict: Verdict) -> str:
    from experiments.judge.course import stopped

    plan = study.plan
    asked = [design for design in plan.designs if verdict.arm in {each.name for each in design.comparisons}]
    why = stopped(verdict, registered_alphas(plan, (asked or plan.designs)[0]), plan.ablation.sesoi)
    return f"stopped: {REASONS.get(why, why)}" if why else REASONS[why]
