"""Refusals of tricks that are identical, change nothing, do not fit, or set what trials set."""

import itertools
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from experiments.declare import configs
from experiments.declare.ablation import Ablation
from experiments.declare.configs import Config
from experiments.declare.sheet import about
from experiments.errors import UserError
from experiments.folder import COSTS, LEDGER, REGISTRATION, SEEN
from experiments.plan.arms import BASELINE, PLACEBO

Slots = Sequence[Sequence[Path]]
LONGEST = 240  # of a name: a file's has 255, and a suffix
TAKEN = {
    "seed_everything": "the ablation's seeds say it",
    "threads": "the ablation's threads say it",
    "ckpt_path": "a trial goes on from its own checkpoint alone",
    "trainer.default_root_dir": "every trial has a folder of its own",
    "trainer.enable_progress_bar": "a trial writes to a log",
    "trainer.enable_model_summary": "a trial writes to a log",
    "trainer.logger.init_args.id": "every trial has a run of its own",
}


def refuse_slots(slots: Slots, baseline: Config, ablation: Ablation) -> None:
    """Check the tricks of an ablation.

    Raises:
        UserError: If a config has a value that cannot reach a trial or a key that the trial itself sets, two arms have
            one name, `expects` names none of them, a trick sets nothing or does not fit the task, or two tricks are
            the same or set one key without being alternatives.
    """
    _refuse_shape(baseline, ablation.baseline)
    if baseline.get("ckpt_path") is not None:
        raise UserError(f"{ablation.baseline}: ckpt_path must not be set: {TAKEN['ckpt_path']}")
    refuse_layer(ablation.set, f"{ablation.file}: set")
    contents = {trick: configs.read_yaml(trick) for slot in slots for trick in slot}
    _refuse_names([trick.stem for trick in contents], slots, ablation)
    for trick, content in contents.items():
        refuse_layer(content, trick)
        if not configs.settings(content):
            raise UserError(f"{trick}: the trick sets no key, so it changes nothing")
        _refuse_task(trick, content, baseline)
    _refuse_twins(contents)
    _refuse_shared_keys(contents, slots)
    _refuse_shown(ablation, {about(content, trick).holds_when for trick, content in contents.items()} - {""})


def _refuse_shown(ablation: Ablation, named: Collection[str]) -> None:
    for condition in ablation.shows:
        if condition not in named:
            there = f"they name {', '.join(sorted(named))}" if named else "they name none"
            raise UserError(f"{ablation.file}: shows: no trick's holds_when names {condition!r}; {there}")


def refuse_folders(names: Sequence[str], ablation: Ablation) -> None:
    """Check the names of arms, which are those of their folders.

    Raises:
        UserError: If a folder cannot be called so, or two would be called the same.
    """
    for name, count in Counter(names).items():
        if name.startswith(".") or name in (COSTS, LEDGER, REGISTRATION, SEEN) or not name.isprintable():
            raise UserError(f"{ablation.file}: an arm's folder cannot be called {name!r}; rename the trick's file")
        if len(name.encode()) > LONGEST:
            raise UserError(f"{ablation.file}: an arm's name has at most {LONGEST} bytes, got {name!r}; rename tricks")
        if count > 1:
            raise UserError(f"{ablation.file}: two arms would be called {name!r}; rename the trick's file")


def _refuse_shape(layer: Config, where: object) -> None:
    """Refuse what could not be merged with other configs, or handed to a trial."""
    configs.refuse_foreign(layer, where)
    for key in ("trainer", "model", "data"):
        if not isinstance(layer.get(key, {}), dict):
            raise UserError(f"{where}: {key} must be a mapping, got {layer[key]!r}")
    for key, value in configs.flatten(layer).items():
        if "+." in key or (key.endswith("+") and not isinstance(value, list)):
            raise UserError(f"{where}: {key.partition('+')[0]}+ appends to a list: it must be a list itself")
        if key.endswith(".init_args") and not isinstance(value, dict | None):
            raise UserError(f"{where}: {key} must be a mapping, got {value!r}")


def refuse_layer(layer: Config, where: object) -> None:
    """Refuse a layer that could not be merged with others, or sets a key that the trial itself sets.

    Raises:
        UserError: Names where it is said, the key and the reason.
    """
    _refuse_shape(layer, where)
    for key in configs.settings(layer):
        if reason := TAKEN.get(key.removesuffix("+")):
            raise UserError(f"{where}: {key} must not be set: {reason}")


def _refuse_names(tricks: list[str], slots: Slots, ablation: Ablation) -> None:
    for trick, count in Counter(trick for slot in slots for trick in slot).items():
        if count > 1:
            raise UserError(f"{ablation.file}: the trick {trick.stem} is given twice")
    refuse_folders([BASELINE, PLACEBO, *(trick.stem for slot in slots for trick in slot)], ablation)
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
