"""The plan is registered before the first run: what was promised cannot change once results are in."""

import dataclasses
import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from experiments import lease
from experiments.declare import configs
from experiments.declare.budget import Budget
from experiments.declare.conditions import DIFFERENCE
from experiments.declare.sheet import Expectation
from experiments.declare.tune import Tune
from experiments.errors import UserError
from experiments.files import read_json, write_whole
from experiments.folder import REGISTRATION
from experiments.plan.arms import Trial
from experiments.plan.path import rule
from experiments.plan.planned import Plan, differences, expected

# Of files and rules: from 2 on a no-op ends with its first run, from 3 on the trials are named that were there before.
# The first had no number.
VERSION = 3
KNOWN = "trained_before"  # arm → seeds of trials that another ablation had trained
BESIDE = ("version", "sha256", KNOWN)  # what the hash is not of


def content(plan: Plan) -> dict[str, Any]:
    """All that decides results and verdicts, as plain JSON; of a path its first step and the rule for the others."""
    ablation, plan = plan.ablation, plan.first or plan
    compared = [arm for arm in plan.arms if not arm.tunes]
    return {
        "arms": {arm.name: {"layers": arm.contents, "seeds": list(arm.seeds)} for arm in compared},
        "expects": {arm.name: arm.about.expects for arm in compared},
        "design": ablation.design,
        "metric": ablation.metric,
        "higher_is_better": ablation.higher_is_better,
        "sesoi": ablation.sesoi,
        "failure_value": ablation.failure_value,
        "threads": ablation.threads,
        **({"effects": _effects(plan)} if ablation.designs != ["alone"] or ablation.conditions else {}),
        **({"conditions": list(ablation.conditions)} if ablation.conditions else {}),
        **({"shows": ablation.shows} if ablation.shows else {}),
        **({"looks": ablation.looks, "banks": sorted(plan.banks)} if ablation.looks else {}),
        **({"path": rule(ablation)} if ablation.path else {}),
        **({"target": dataclasses.asdict(ablation.target)} if ablation.target else {}),
        **({"budget": _budget(plan, ablation.budget)} if ablation.budget else {}),
        **({"tune": _tune(ablation.tune)} if ablation.tune else {}),
    }


def _budget(plan: Plan, budget: Budget) -> dict[str, Any]:
    return {budget.unit: budget.amount, "lengths": {arm.name: arm.steps for arm in plan.arms}}


def _tune(tune: Tune) -> dict[str, Any]:
    """The grids, and the trials that each arm gets to find its setting."""
    trials = len(tune.settings("")) * tune.seeds
    return {**dataclasses.asdict(tune), "seeds": list(tune.seed_ids), "trials": trials}


def _effects(plan: Plan) -> dict[str, Expectation]:
    """Every effect that gets a verdict, and what is expected of it."""
    said = plan.ablation.expected
    averages = [(design.average(trick), trick, design.condition) for design in plan.fitted for trick in design.tricks]
    others = averages + [(each.name, each.trick, DIFFERENCE) for each in differences(plan)]
    return {each.name: expected(plan, each) for each in plan.comparisons} | {
        name: said(trick, condition) or "unknown" for name, trick, condition in others
    }


def sha256(registered: dict[str, Any]) -> str:
    """The hash that the report prints."""
    plain = json.loads(json.dumps(registered))  # as a file gives it back, with keys that are text
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


def promised(registered: Mapping[str, Any]) -> dict[str, Any]:
    """What the hash of a registration's file is of."""
    return {key: value for key, value in registered.items() if key not in BESIDE}


def register(plan: Plan, there: Iterable[Trial] = ()) -> str:
    """Write the registration, or check the plan against the one that is there.

    Args:
        plan: The plan.
        there: Trials that are done already, since an earlier ablation needed them too.

    Returns:
        The registered hash.

    Raises:
        UserError: If the ablation was changed after its registration; says what changed and what to do.
    """
    now = content(plan)
    with lease.waited_for(plan.folder):  # another process may register it
        check(plan)
        if not (plan.folder / REGISTRATION).exists():
            with write_whole(plan.folder / REGISTRATION) as file:
                known = {KNOWN: seeds} if (seeds := _seeds(there)) else {}
                json.dump({"version": VERSION, "sha256": sha256(now), **now, **known}, file, indent=1)
    return sha256(now)


def _seeds(trials: Iterable[Trial]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for trial in trials:
        found.setdefault(trial.arm, []).append(trial.seed)
    return found


def trained_before(plan: Plan) -> dict[str, list[int]]:
    """Arm → seeds of its trials that were done before the ablation was registered."""
    known = {} if fault(plan) else (read_json(plan.folder / REGISTRATION) or {}).get(KNOWN, {})
    return known if isinstance(known, dict) else {}


def lengths(plan: Plan) -> dict[str, int]:
    """The registered optimizer steps of each arm, by name; nothing if no budget is registered."""
    return {} if fault(plan) else ((read_json(plan.folder / REGISTRATION) or {}).get("budget") or {}).get("lengths", {})


def fault(plan: Plan) -> str:
    """What is wrong with the registration's file, so that it proves nothing; empty if all is well."""
    path = plan.folder / REGISTRATION
    if not path.exists():
        return ""
    registered = read_json(path)
    if registered is None or "sha256" not in registered or not isinstance(registered.get("version", 1), int):
        return f"{path} cannot be read"
    if registered.get("version", 1) > VERSION:
        return ""  # what its hash is of, that version knows
    own = registered["sha256"]
    return "" if own == sha256(promised(registered)) else f"{path} was edited: its content does not have the hash {own}"


def check(plan: Plan) -> bool:
    """Whether the plan is registered.

    Raises:
        UserError: If another plan is registered in its place, a newer version of this program registered it, or the
            registration cannot be trusted.
    """
    path = plan.folder / REGISTRATION
    if wrong := fault(plan):
        raise UserError(f"{wrong}; restore it, or delete {plan.folder} to start afresh")
    before = read_json(path)
    if before is None:
        return False
    if (version := before.get("version", 1)) > VERSION:
        raise UserError(
            f"{path} was written by a newer trickbench: its format is {version}, this one knows up to {VERSION}; "
            f"update trickbench, or choose another folder by --runs"
        )
    now = content(plan)
    if before["sha256"] != sha256(now):
        changes = _changes(promised(before), now)
        raise UserError(
            f"{plan.ablation.file} changed after its registration in {path}: {changes}; take that back, "
            f"or give the changed ablation a name of its own (name: …), or delete {plan.folder} to start afresh"
        )
    return True


def _changes(before: dict[str, Any], now: dict[str, Any]) -> str:
    old, new = _leaves(before), _leaves(now)
    changed = [key for key in {**old, **new} if old.get(key, "–") != new.get(key, "–")]
    shown = [f"{key} was {old.get(key, '–')} and is {new.get(key, '–')}" for key in changed[:3]]
    return ", ".join(shown) + (f" and {len(changed) - 3} more" if len(changed) > 3 else "")


def _leaves(registered: dict[str, Any]) -> dict[str, Any]:
    arms = {
        name: {"seeds": arm["seeds"], **{str(i): layer for i, layer in enumerate(arm["layers"])}}
        for name, arm in registered["arms"].items()
    }
    return configs.flatten({**registered, "arms": arms})
