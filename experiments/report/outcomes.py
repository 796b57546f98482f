"""What verdicts say about claims."""

from __future__ import annotations

from typing import TYPE_CHECKING

from experiments.plan.planned import Plan
from experiments.results.effects import Effect, list_effects
from experiments.results.study import Study

if TYPE_CHECKING:  # scipy takes half a second
    from experiments.judge.verdict import Verdict

NOT_TESTED = "not tested here"


def outcome(effect: Effect, verdict: Verdict) -> str:
    """Confirmed, contradicted, undecided or not tested here; of a placebo passed or failed; empty if nothing."""
    if verdict.placebo:
        return _check(verdict)
    if effect.expects == "unknown":
        return ""
    from experiments.judge.claims import claim

    return NOT_TESTED if effect.untested else claim(verdict, effect.expects)


def _check(verdict: Verdict) -> str:
    """Whether a placebo did what the baseline does; empty where nothing can be said."""
    if verdict.verdict == "not estimable" or verdict.verdict.startswith("no verdict"):
        return ""
    return "passed" if verdict.verdict in ("undecided", "equivalent", "no material gain") else "failed"


def lines(study: Study) -> list[str]:
    """Which claims were confirmed, contradicted, left undecided or not tested, a line for each that occurs."""
    known = study.judged
    found: dict[str, list[str]] = {}
    for effect in list_effects(study.plan):
        if effect.name in known and not known[effect.name].placebo:
            found.setdefault(outcome(effect, known[effect.name]), []).append(_claimed(effect))
    found.pop("", None)
    return [f"Claims {said}: {', '.join(names)}." for said, names in found.items()]


def untested_lines(plan: Plan) -> list[str]:
    """Which claims a plan would leave untested, since nothing shows their condition; none where there are none."""
    found = [each for each in list_effects(plan) if each.untested and each.expects != "unknown"]
    shows = ", ".join(dict.fromkeys(each.untested for each in found))
    told = f"claims that it leaves untested: {', '.join(map(_claimed, found))}; where your data or training"
    return ["", f"{told} show the condition, say so before the first run: shows: [{shows}]"] if found else []


def _claimed(effect: Effect) -> str:
    return f"{effect.name} ({effect.expects}{f' when: {effect.untested}' if effect.untested else ''})"
