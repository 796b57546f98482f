"""What augments the training images: said of a baseline, and refused of a trick where the baseline does it already."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from experiments.declare import configs
from experiments.declare.configs import Config
from experiments.errors import UserError

LIST = "train_transforms"
NONE: dict[str, Any] = {"flip": 0, "random_scale": [1, 1]}  # arguments of data modules that augment, switched off
SAME = {  # what a transform does → the argument that does it
    "RandomHorizontalFlip": "flip",
    "RandomResize": "random_scale",
    "RandomResizedCrop": "random_scale",
    "ScaleJitter": "random_scale",
}


def augmentations(config: Config) -> list[str]:
    """What a config augments training images by."""
    given = _arguments(config)
    return [*_switched(given).values(), *map(_name, _transforms(given, LIST))]


def refuse_stacked(tricks: Sequence[Path], baseline: Config) -> None:
    """Refuse a trick that augments as the baseline does: flipped twice is flipped once, and scales multiply.

    Raises:
        UserError: Names the trick, and what the baseline has.
    """
    given = _arguments(baseline)
    present = {_name(each): f"{LIST} has {_name(each)}" for each in _transforms(given, LIST)}
    switched = _switched(given)
    for trick in tricks:
        for name, argument in _added(configs.read_yaml(trick)):
            if said := present.get(name) or switched.get(argument):
                raise UserError(
                    f"{trick}: {name} augments what the baseline augments already ({said}), and nobody could tell what"
                    " it does; take the baseline's out (by `set`), or leave the trick out"
                )


def _added(content: Config) -> Iterator[tuple[str, str]]:
    """The transforms that a trick adds, each with the argument that would do the same."""
    arguments = _arguments(content)
    for each in [*_transforms(arguments, f"{LIST}+"), *_transforms(arguments, LIST)]:
        scales = _name(each) == "RandomAffine" and isinstance(each, dict) and "scale" in (each.get("init_args") or {})
        yield _name(each), "random_scale" if scales else SAME.get(_name(each), "")


def _switched(given: Config) -> dict[str, str]:
    """What each argument that augments says, of those that are not off."""
    return {key: f"{key}: {given[key]}" for key, none in NONE.items() if given.get(key, none) != none}


def _arguments(config: Config) -> Config:
    data = config.get("data") or {}
    return data.get("init_args") or {}


def _transforms(arguments: Config, key: str) -> list[Any]:
    """Those of a list; what is not one is refused where the data are built."""
    found = arguments.get(key)
    return found if isinstance(found, list) else []


def _name(transform: Any) -> str:
    path = transform.get("class_path", "") if isinstance(transform, dict) else transform
    return str(path).rpartition(".")[2]
