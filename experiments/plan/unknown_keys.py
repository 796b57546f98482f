"""Misspelt keys, found in the sources of the classes that configs name: in a blink, before anything is built."""

import difflib
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from experiments import signature
from experiments.code import short_names
from experiments.declare.configs import Config, merge, nearest
from experiments.errors import UserError
from experiments.plan.arms import Arm
from experiments.plan.planned import Plan

TOP = frozenset(
    ("about", "ckpt_path", "data", "model", "search", "seed_everything", "threads", "trainer", "wandb", "weights_only")
)
CLASS = frozenset(("class_path", "dict_kwargs", "init_args"))
TRAINER = "lightning.pytorch.Trainer"
LIKE = 0.75  # of two names, by difflib


def refuse_unknown_keys(planned: Plan) -> None:
    """Refuse a key that its class does not take; of a class whose source does not say, that is left to building it.

    Raises:
        UserError: Names where it is set, the key and the nearest.
    """
    made: dict[tuple[Any, ...], Config] = {(): {}}  # the layers up to one → what they make
    for arm in planned.arms:
        below: tuple[Any, ...] = ()
        layers = [*zip(arm.layers, arm.contents, strict=True), *([(arm.setting, arm.setting)] if arm.setting else [])]
        for layer, content in layers:
            so_far = (*below, layer if isinstance(layer, Path) else id(layer))
            if so_far not in made:
                made[so_far] = merge(made[below], content)
                for complaint in _complaints(content, made[so_far], (), "of a config", TOP):
                    raise UserError(_said(planned, arm, layer, complaint))
            below = so_far


def _said(planned: Plan, arm: Arm, layer: Any, complaint: str) -> str:
    file = planned.ablation.file
    if isinstance(layer, Path):
        return f"{layer}: {complaint}"
    if layer is planned.ablation.set:
        return f"{file}: set: {complaint}"
    if layer is arm.setting:
        return f"{file}: tune: arm {arm.plain}: {complaint}; give the arm an own grid, or correct the key"
    return f"{file}: condition {arm.condition}: {complaint}"


def _complaints(
    layer: Config, merged: Config, place: tuple[str, ...], whose: str, known: Collection[str] | None
) -> Iterator[str]:
    """What is wrong with the keys of a layer, and of those inside.

    Args:
        layer: What it sets here.
        merged: What it makes of the layers below.
        place: The keys that lead here, without `init_args`.
        whose: Of or beside what the keys are.
        known: What they may be, if that can be told.
    """
    for word, value in layer.items():
        key = word.removesuffix("+")
        if known is not None and key.partition(".")[0] not in known:  # jsonargparse takes dots for levels
            yield f"{_at(place)}unknown key {key!r} {whose}{nearest(key, sorted(known))}"
        if isinstance(value, list):
            for item in value:
                yield from _inside(item, item, (*place, key), None)
        elif key == "init_args":
            yield from _inside(value, merged[word], place, merged.get("class_path"))
        else:
            yield from _inside(value, merged.get(key, merged.get(word)), (*place, key), TRAINER * (key == "trainer"))


def _inside(value: Any, made: Any, place: tuple[str, ...], owner: Any) -> Iterator[str]:
    """The same of a value, which may be a class or the arguments of one."""
    if not isinstance(value, dict) or not isinstance(made, dict):
        return
    if owner and isinstance(owner, str):
        yield from _complaints(value, made, place, f"of {_short(owner)}", signature.arguments(owner))
    elif isinstance(name := made.get("class_path"), str):
        yield from _unknown_class(name, place)
        yield from _complaints(value, made, place, f"beside the class_path {_short(name)}", CLASS)
    else:
        yield from _complaints(value, made, place, "", None)


def _unknown_class(name: str, place: tuple[str, ...]) -> Iterator[str]:
    """One of the user's own may go by its short name, too: only what looks like another one is misspelt."""
    if "." not in name and not signature.is_found(name):
        close = difflib.get_close_matches(name, short_names(), cutoff=LIKE)
        if close:
            yield f"{_at(place)}unknown class {name!r}; nearest: {', '.join(close)}"


def _at(place: tuple[str, ...]) -> str:
    return f"{'.'.join(place)}: " if place else ""


def _short(name: str) -> str:
    return name.rpartition(".")[2]
