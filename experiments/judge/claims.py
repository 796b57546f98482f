"""Claims against verdicts: confirmed, contradicted or undecided."""

from __future__ import annotations

from typing import Literal

from experiments.judge.rule import Word
from experiments.judge.verdict import Verdict

_CONFIRMS: dict[str, set[Word]] = {
    "helps": {"helps", "helps (negligible)"},
    "hurts": {"hurts", "hurts (negligible)"},
    "equivalent": {"equivalent", "helps (negligible)", "hurts (negligible)"},
    "harmless": {"helps", "helps (negligible)", "equivalent", "hurts (negligible)"},
}
_CONTRADICTS: dict[str, set[Word]] = {
    "helps": {"hurts", "hurts (negligible)", "equivalent", "no material gain", "unstable"},
    "hurts": {"helps", "helps (negligible)", "equivalent"},
    "equivalent": {"helps", "hurts", "unstable"},
    "harmless": {"hurts", "unstable"},
}


def claim(verdict: Verdict, expects: str) -> Literal["confirmed", "contradicted", "undecided"]:
    """What a verdict says about a trick's claim.

    A negligible gain confirms "helps" as well as "equivalent". No material gain contradicts "helps". A no-op
    tests nothing, so it leaves every claim undecided.

    Args:
        verdict: the verdict on the trick.
        expects: "helps", "hurts", "equivalent" or "harmless" (it helps or is equivalent).

    Raises:
        ValueError: for another expectation.
    """
    if expects not in _CONFIRMS:
        raise ValueError(f"a claim expects one of {', '.join(_CONFIRMS)}, got {expects!r}")
    if verdict.verdict in _CONFIRMS[expects]:
        return "confirmed"
    return "contradicted" if verdict.verdict in _CONTRADICTS[expects] else "undecided"
