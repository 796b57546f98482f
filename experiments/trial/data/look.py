"""The data of a baseline, looked at before anything is trained on them."""

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from datamodules import DenseData, DigitClasses, Digits
from datamodules.files.broken import LeftOut
from datamodules.inspect.duplicates import find_quickly, sampled
from datamodules.inspect.facts import Facts, picture, read_facts
from datamodules.inspect.faults import missing
from datamodules.inspect.leaks import find_leaks
from datamodules.inspect.split import Split
from datamodules.transforms.samples import STAGES
from datamodules.transforms.samples import Split as Name
from experiments.errors import UserError
from experiments.process import cpus
from experiments.trial.data.folders import in_folders

COMPOSED = Digits, DigitClasses  # not read, so that nothing of theirs can be broken
MANY = 500  # samples from which on several processes read
UNITS = {"mask": "pixel", "label": "image", "labels": "box"}  # what labels count, by the key of a sample
Result = TypeVar("Result")


def look_at(data: Any) -> dict[str, Any]:
    """Open the training and the validation data, and read all that lie in files once.

    Args:
        data: A data module; of one that is not on `DenseData` nothing is known.

    Returns:
        `images`, how many each split has, `said`, a line for each thing that is odd, and `leaks`, what training and
        validation share.

    Raises:
        ValueError: If a class is missing that may not be.
        UserError: If files cannot be read.
    """
    if not isinstance(data, DenseData):
        return {"images": {}, "said": [], "leaks": []}
    images, warned = heard(lambda: {split: len(data.source(split)) for split in STAGES["fit"]})
    splits = {} if isinstance(data, COMPOSED) else {name: _read(data, name) for name in STAGES["fit"]}
    classes = list(data.classes or data.box_classes)
    lacks = [f"{name}: {each.said}" for name in splits for each in missing(name, splits[name], classes, unit_of(data))]
    data.setup("fit")  # refuses what lacks a class, by then without a file that is broken
    return {"images": images, "said": [*warned, *lacks], "leaks": list(_leaks(in_folders(data, splits)))}


def heard(call: Callable[[], Result]) -> tuple[Result, dict[str, bool]]:
    """What a call returns, and what it warned of, once each: whether it is a fault."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        result = call()
    ours = [each for each in caught if each.category in (UserWarning, LeftOut)]
    return result, {str(each.message): each.category is UserWarning for each in ours}


def unit_of(data: DenseData) -> str:
    """What its labels count: pixel, image or box."""
    source = data.source("train")
    for index in range(len(source)):
        with suppress(ValueError, OSError):  # of a file that cannot be read: any other tells as much
            return next((UNITS[key] for key in UNITS if key in source[index]), "image")
    return "pixel" if data.classes else "box"


def workers_for(images: int) -> int:
    """Processes that read so many images."""
    return cpus() if images >= MANY else 0


def _read(data: DenseData, name: Name) -> Split:
    source = data.source(name)
    facts = list(read_facts(source, len(data.classes or data.box_classes), workers_for(len(source)), picture))
    _refuse_broken(name, facts)
    return Split(list(data.names(name)) or [str(index) for index in range(len(source))], facts)


def _leaks(splits: Mapping[str, Split]) -> Iterator[str]:
    """What training and validation share; of many images, how many were searched for it."""
    for each in find_leaks(splits, find_quickly):
        one, other = (len(split.facts) for split in splits.values())
        kept, as_wholes = sampled(one, other)
        few = f" (quickly: all of {other:,} were compared for the same picture, {len(kept):,} of them for near ones)"
        yield f"{each.said}{few * (as_wholes and bool(each.beside))}"


def _refuse_broken(split: str, facts: Sequence[Facts]) -> None:
    if broken := [each.fault for each in facts if each.fault]:
        others = f", and {len(broken) - 1} more" if len(broken) > 1 else ""
        raise UserError(
            f"{len(broken)} of {len(facts)} {split} images cannot be read: {broken[0]}{others}."
            " Mend them, or take them out; `trickbench data check` names more"
        )
