"""What no plan may hold: tricks that cannot be told apart, that change nothing, or that do not fit the task."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from experiments.declare import configs
from experiments.declare.ablation import Ablation
from experiments.declare.configs import Config
from experiments.declare.sheet import about
from experiments.errors import UserError
from experiments.plan.arms import BASELINE, PLACEBO, Arm, Plan

Slots = Sequence[Sequence[Path]]


def refuse_slots(slots: Slots, baseline: Config, ablation: Ablation) -> None:
    """Check the tricks of an ablation.

    Raises:
        UserError: If two arms have one name, `expects` names none of them, a trick sets nothing or does not fit the
            task, or two tricks are the same or set one key without being alternatives.
    """
    contents = {trick: configs.read_yaml(trick) for slot in slots for trick in slot}
    _refuse_names([trick.stem for trick in contents], slots, ablation)
    for trick, content in contents.items():
        if not configs.settings(content):
            raise UserError(f"{trick}: the trick sets no key, so it changes nothing")
        _refuse_task(trick, content, baseline)
    _refuse_twins(contents)
    _refuse_shared_keys(contents, slots)


def refuse_no_ops(planned: Plan, config: Callable[[Arm], Config]) -> None:
    """Refuse an arm whose config is the baseline's.

    Raises:
        UserError: Names the trick and what it sets.
    """
    baseline = config(planned.arms[0])
    for arm in planned.arms[1:]:
        if arm.name != PLACEBO and config(arm) == baseline:
            keys = ", ".join(configs.settings(arm.contents[-1]))
            raise UserError(f"the trick {arm.name} changes nothing: the baseline already has {keys} as it sets them")


def _refuse_names(tricks: list[str], slots: Slots, ablation: Ablation) -> None:
    names = [BASELINE, PLACEBO, *(trick.stem for slot in slots for trick in slot)]
    for name in names:
        if names.count(name) > 1:
            raise UserError(f"{ablation.file}: two arms would be called {name!r}; rename the trick's file")
    unknown = sorted(ablation.expects.keys() - set(tricks))
    if unknown:
        raise UserError(
            f"{ablation.file}: expects names {unknown[0]!r}, which is none of its tricks: {', '.join(tricks)}"
        )


def _refuse_task(trick: Path, content: Config, baseline: Config) -> None:
    task = str(baseline.get("model", {}).get("class_path", "")).rsplit(".", 1)[-1].lower()
    tasks = about(content, trick).tasks
    if task not in tasks:
        fits = ", ".join(tasks)
        raise UserError(f"{trick}: the trick is for {fits}, but the baseline's task is {task or 'not said'}")


def _refuse_twins(contents: Mapping[Path, Config]) -> None:
    for (one, first), (other, second) in itertools.combinations(contents.items(), 2):
        if configs.settings(first) == configs.settings(second):
            raise UserError(f"the tricks {one.stem} and {other.stem} are the same: nothing could tell them apart")


def _refuse_shared_keys(contents: Mapping[Path, Config], slots: Slots) -> None:
    for (one, first), (other, second) in itertools.combinations(contents.items(), 2):
        shared = configs.shared_keys(first, second)
        if shared and not any(one in slot and other in slot for slot in slots):
            raise UserError(
                f"the tricks {one.stem} and {other.stem} both set {shared[0]}; if they are alternatives, write them "
                f"as a list of their own: [{one.stem}, {other.stem}]"
            )
