"""Every registered trial and what became of it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from experiments.folder import LEDGER, State
from experiments.plan import registration
from experiments.report.heading import ranges
from experiments.report.numbers import decimals, fixed
from experiments.results.study import Row, Study, score
from experiments.run import ledger

SIGNS = {
    State.DONE: "✓",
    State.DIVERGED: "!",
    State.RUNNING: "…",
    State.FAILED: "✗",
    State.OPEN: "○",
    State.NO_OP: "–",
    State.SPARED: "·",
}


@dataclass(frozen=True)
class Listed:
    """A trial in the ledger.

    Args:
        seed: Its seed.
        status: done, diverged, running, failed or open.
        text: The primary metric of a trial that is done, else the status.
        reason: Why it diverged.
        launches: How often it was started; more than once after a crash or a stop.
    """

    seed: int
    status: State
    text: str
    reason: str
    launches: int

    @property
    def sign(self) -> str:
        """Sign of its status."""
        return SIGNS[self.status]


def listed(study: Study) -> dict[str, list[Listed]]:
    """Every arm's trials, by seed."""
    launches: Counter[tuple[str, int]] = Counter()
    for event in ledger.events(study.plan.folder / LEDGER):
        launches[event["arm"], event["seed"]] += (event["event"] == ledger.LAUNCHED) - (event["event"] == ledger.TAKEN)
    trials: dict[str, list[Listed]] = {arm.name: [] for arm in study.plan.arms}
    for trial, row in zip(study.plan.trials, study.rows, strict=True):
        reason = study.results[trial.arm].get(trial.seed, {}).get("reason", "")
        text = _text(row, study)
        trials[trial.arm].append(Listed(trial.seed, row["status"], text, reason, launches[trial.arm, trial.seed]))
    return trials


def trained_before(study: Study) -> dict[str, str]:
    """Arm → its seeds that an earlier ablation had trained when this one was registered."""
    return {arm: ranges(tuple(seeds)) for arm, seeds in registration.trained_before(study.plan).items()}


def unfinished(study: Study) -> list[tuple[str, str]]:
    """(status, which trials) for each status under which a registered trial has no result."""
    seeds: dict[str, dict[str, list[str]]] = {}
    for row in study.rows:
        if not row["status"].ended and row["status"].needed:
            seeds.setdefault(row["status"], {}).setdefault(row["arm"], []).append(str(row["seed"]))
    return [
        (status, "; ".join(f"{arm} seed{'s' * (len(ids) > 1)} {', '.join(ids)}" for arm, ids in arms.items()))
        for status, arms in seeds.items()
    ]


def repeated(trials: Mapping[str, Sequence[Listed]]) -> list[str]:
    """Each trial that was started more than once, and how often."""
    return [
        f"{arm}, seed {each.seed}: {each.launches}" for arm, own in trials.items() for each in own if each.launches > 1
    ]


def stops(study: Study) -> list[str]:
    """A sentence on the budgets that stopped runs before their end, and on what is open; nothing if none did."""
    reasons = dict.fromkeys(ledger.stops(study.plan.folder / LEDGER))
    if not reasons:
        return []
    left = "; ".join(names for _, names in unfinished(study))
    then = f"these are the verdicts so far. Not trained: {left}." if left else "a later run finished it."
    return [f"Stopped by the budget ({', '.join(reasons)}): {then}"]


def versions(study: Study) -> list[str]:
    """The versions that trials ran with; more than one line is a deviation."""
    lines = (result["versions"] for results in study.results.values() for result in results.values())
    return sorted({", ".join(f"{name} {version}" for name, version in line.items()) for line in lines if line})


def _text(row: Row, study: Study) -> str:
    ablation = study.plan.ablation
    if row["status"] != State.DONE:
        return str(row["status"])
    if row.get(ablation.metric, "") is None:
        return "not reached"
    return fixed(score(row, ablation), decimals(ablation.sesoi) + 1)
