"""Tricks that change nothing: a plan must not train an arm twice."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from experiments.declare import configs
from experiments.declare.configs import Config
from experiments.errors import UserError
from experiments.plan.arms import BASELINE, Arm
from experiments.plan.planned import Plan


def refuse_idle(tricks: Sequence[Path], below: Config) -> None:
    """Refuse a trick that sets what is set already.

    Args:
        tricks: Their files.
        below: The config under the tricks.

    Raises:
        UserError: Names the trick and what it sets.
    """
    for trick in tricks:
        content = configs.read_yaml(trick)
        if configs.has(below, content):
            raise _idle(trick.stem, content, BASELINE)


def refuse_no_ops(planned: Plan, config: Callable[[Arm], Config]) -> None:
    """Refuse an arm whose config is that of another one.

    Raises:
        UserError: Names the trick and what it sets, or the two arms.
    """
    seen: dict[Any, Arm] = {}
    for arm in planned.arms:
        group = arm.condition if planned.ablation.tune else ""  # a tuned arm may well keep its setting
        other = arm if arm.again else seen.setdefault((group, _frozen(config(arm))), arm)
        if other is arm:
            continue
        less, more = sorted((other, arm), key=lambda each: len(each.tricks))
        added = [trick for trick in more.tricks if trick not in less.tricks]
        if len(added) == 1 and len(more.tricks) == len(less.tricks) + 1:
            if arm.tunes:
                raise _taken_away(added[0], more)
            raise _idle(added[0], more.content(added[0]), less.name)
        raise UserError(f"the arms {other.name} and {arm.name} are the same: nothing could tell them apart")


def _idle(trick: str, content: Config, below: str) -> UserError:
    keys = ", ".join(configs.settings(content))
    where = f"the {BASELINE}" if below == BASELINE else f"the arm {below}"
    return UserError(f"the trick {trick} changes nothing: {where} already has {keys} as it sets them")


def _taken_away(trick: str, arm: Arm) -> UserError:
    setting = ", ".join(f"{key}: {json.dumps(value)}" for key, value in configs.flatten(arm.setting or {}).items())
    return UserError(f"tune: the setting {setting} takes the trick {trick} away: no grid may set what a trick sets")


def _frozen(value: Any) -> Any:
    """The same value, so that equal ones have one hash."""
    if isinstance(value, dict):
        return frozenset((key, _frozen(item)) for key, item in value.items())
    return tuple(map(_frozen, value)) if isinstance(value, list) else value
