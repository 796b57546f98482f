"""A path, told: what was tried at each step and what joined the recipe, and what fresh seeds prove of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from experiments.report.numbers import decimals, interval, signed
from experiments.results.path import proved, settled, winner
from experiments.results.study import Study

if TYPE_CHECKING:  # scipy takes half a second
    from experiments.judge.verdict import Verdict

CURSE = "The steps' own effects are those of winners, so that they are too large on average"


@dataclass(frozen=True)
class Tried:
    """A trick at one of the steps.

    Args:
        step: From 1.
        recipe: What it was added to.
        trick: The trick.
        k: Seeds.
        effect: Estimated, more is better; None where nothing can be estimated.
        shown: The effect with its plain interval.
        verdict: On its effect at this step.
        joined: Whether it won the step.
    """

    step: int
    recipe: str
    trick: str
    k: int
    effect: float | None
    shown: str
    verdict: str
    joined: bool


def ladder(study: Study) -> list[Tried]:
    """Every trick of every step, in the order declared; nothing of another design."""
    return list(_tried(study)) if study.plan.ablation.path else []


def _tried(study: Study) -> Iterator[Tried]:
    known, places = study.judged, decimals(study.plan.ablation.sesoi)
    ended = _ended(study)
    for number, design in enumerate(study.plan.designs, 1):
        decided = ended or number < len(study.plan.designs)
        won = winner(study, design) if decided else ""
        for each in design.comparisons:
            v = known[each.name]
            shown = f"{signed(v.mean, places)} {interval(v.plain_low, v.plain_high, places)}"
            effect = None if v.effect != v.effect else v.effect
            yield Tried(number, each.against, each.trick, v.k, effect, shown, v.verdict, each.trick == won)


def _ended(study: Study) -> bool:
    return study.plan.confirmation is not None or settled(study)


def claim(study: Study) -> str:
    """What may be claimed of the path, in a sentence; nothing of another design."""
    if not study.plan.ablation.path:
        return ""
    found = proved(study)
    if found is None:
        none = "No trick helps the baseline: the path ends where it began, and claims nothing."
        return none if _ended(study) else "The path has not come to its end, so nothing is claimed yet."
    fresh = len(study.plan.arms[-1].seeds)
    if found.k < fresh:
        return f"The recipe, {found.arm}, is not proved yet: {found.k} of {fresh} fresh seeds have ended."
    return (
        f"What the path claims is what {fresh} fresh seeds show of its recipe, {found.arm}, against the baseline: "
        f"{shown(study, found)}. {CURSE}."
    )


def shown(study: Study, found: Verdict) -> str:
    """A verdict in short: effect, plain interval and word."""
    places = decimals(study.plan.ablation.sesoi)
    return f"{signed(found.mean, places)} {interval(found.plain_low, found.plain_high, places)}, {found.verdict}"


def lines(study: Study) -> list[str]:
    """The path as text, a line a step and one of what it claims."""
    told = ladder(study)
    steps = {row.step: [each for each in told if each.step == row.step] for row in told}
    shared = f"The .05 are shared by {len(study.plan.ablation.slots)} steps, and within a step by its tricks and looks."
    return [*(_line(rows) for rows in steps.values()), shared, claim(study)] if told else []


def _line(rows: list[Tried]) -> str:
    tried = "; ".join(f"{row.trick} {row.shown}, {row.verdict}" for row in rows)
    joined = next((f"{row.trick} joins" for row in rows if row.joined), "none joins")
    return f"Step {rows[0].step}, over {rows[0].recipe}: {tried}: {joined}."


def record(study: Study) -> dict[str, Any]:
    """The path as plain JSON."""
    found = proved(study)
    asked = study.plan.confirmation
    proof = {} if found is None or asked is None else {"recipe": asked.trick, "k": found.k, "verdict": found.verdict}
    if found is not None and found.k > 1:
        proof |= {"mean": found.mean, "low": found.plain_low, "high": found.plain_high, "p": found.p}
    return {"steps": [dataclasses.asdict(row) for row in ladder(study)], "proof": proof, "claim": claim(study)}
