"""Arms that do nothing: proved by their first run, which is all that is trained of them.

That an arm acts is proved in its first steps, which are trained before anything is registered: they end in other
weights than those of the arm that it is compared with. What does not act there may do so later, as averaged weights,
schedules and much else do, so that no first batch can condemn it: its first seed is trained to the end, before its
others. If every number that this run logged, epoch by epoch, is that of the run that it is paired with, to the last
digit, the arm is a no-op.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from experiments.folder import LEDGER, METRICS, State
from experiments.plan.arms import Trial
from experiments.plan.comparisons import Comparison
from experiments.plan.planned import Plan
from experiments.run import attempts, costs, ledger

if TYPE_CHECKING:  # scipy takes half a second
    from experiments.judge.verdict import Verdict


def silent(plan: Plan) -> dict[str, list[Comparison]]:
    """Arms whose first steps showed no effect, and with them all that is asked of these arms.

    An arm that others are fitted with is needed whatever it does; so are those of which a difference between two
    conditions is declared, for that is about every seed.
    """
    kept = {arm.name for arm in plan.baselines} | {arm.name for design in plan.fitted for arm in design.arms}
    asked = {arm.name: [each for each in plan.comparisons if arm.name in (each.arm, each.against)] for arm in plan.arms}
    return {
        name: compared
        for name, compared in asked.items()
        if compared and name not in kept and all(_is_silent(plan, each) for each in compared)
    }


def _is_silent(plan: Plan, compared: Comparison) -> bool:
    ours, theirs = (costs.read(plan, plan.arm(name)) for name in (compared.arm, compared.against))
    same = ours is not None and theirs is not None and ours["first_steps"] == theirs["first_steps"]
    return same and not plan.ablation.differs(compared.trick)


def find_no_ops(plan: Plan) -> list[str]:
    """Names of the arms whose runs, the first and all others there are, are those of what they are compared with."""
    return _unmoved(plan, silent(plan))


def waiting(plan: Plan) -> set[str]:
    """Names of the arms of which no second seed is trained: no-ops, and silent ones with a first pair to come."""
    last = {(event["arm"], event["seed"]): event["event"] for event in ledger.events(plan.folder / LEDGER)}
    quiet = silent(plan)
    found = set(_unmoved(plan, quiet))
    for arm, compared in quiet.items():
        first = [trial for each in compared for trial in next(_pairs(plan, each))]
        crashed = any(last.get((trial.arm, trial.seed)) == State.FAILED for trial in first)
        if not crashed and not all(map(attempts.is_done, first)):
            found.add(arm)
    return found


def _unmoved(plan: Plan, quiet: Mapping[str, Sequence[Comparison]]) -> list[str]:
    return [arm for arm, compared in quiet.items() if all(_is_same(plan, each) for each in compared)]


def _pairs(plan: Plan, compared: Comparison) -> Iterator[tuple[Trial, Trial]]:
    ours, theirs = plan.by_seed[compared.arm], plan.by_seed[compared.against]
    return ((ours[seed], theirs[seed]) for seed in ours if seed in theirs)


def _is_same(plan: Plan, compared: Comparison) -> bool:
    first, *others = [(_logged(one), _logged(other)) for one, other in _pairs(plan, compared)]
    return None not in first and all(one == other for one, other in (first, *others) if None not in (one, other))


def _logged(trial: Trial) -> bytes | None:
    """All that a trial that is done has logged; None of another one."""
    done = (attempts.result(trial) or {}).get("status") == State.DONE
    return (trial.folder / METRICS).read_bytes() if done else None


def marked(plan: Plan, states: Sequence[State]) -> list[State]:
    """The states of the plan's trials, in which those that a no-op leaves are no longer open."""
    found = find_no_ops(plan)
    left = {trial.origin.address for arm in found for trial in [*plan.by_seed[arm].values()][1:]}
    both = zip(plan.trials, states, strict=True)
    return [State.NO_OP if state == State.OPEN and trial.origin.address in left else state for trial, state in both]


def with_no_ops(plan: Plan, verdicts: Sequence[Verdict]) -> list[Verdict]:
    """The verdicts, in which an effect of which one run is all that there is has the word that it proves."""
    found = find_no_ops(plan)
    names = {each.name for each in plan.comparisons if each.arm in found or each.against in found}
    return [replace(each, verdict="no-op") if each.arm in names else each for each in verdicts]
