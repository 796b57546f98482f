"""Refusal of data in which a class does not occur."""

from collections.abc import Callable, Iterable, Mapping, Sequence

import torch
from torch import Tensor

from datamodules.transforms.bare import IGNORE
from datamodules.transforms.samples import Sample

ONE = {"mask": "pixel", "label": "image", "labels": "box"}  # of a class, by the key of a sample
NOTHING = "nothing can be learned or measured there: label these images, name what they hold, or split again"
Describe = Callable[[Sequence[str], Tensor], str]


def refuse_lacking(
    split: str,
    samples: Iterable[Sample],
    names: Mapping[str, Sequence[str]],
    may_lack: Sequence[str],
    describe: Describe,
) -> None:
    """Refuse a split that lacks a class; reads no more samples than it takes to have seen all.

    Args:
        split: To name it in the message.
        samples: The split's samples, which need to hold no more than labels.
        names: The classes of each kind of label, by its key in a sample.
        may_lack: Names of the classes that need not occur.
        describe: Says what was found, from the names and the count of each label.

    Raises:
        ValueError: If a class does not occur, or none at all.
    """
    counts: dict[str, Tensor] = {}
    for sample in samples:
        for key in names.keys() & sample.keys():
            found = sample[key].as_subclass(Tensor).flatten().int().bincount(minlength=max(len(names[key]), IGNORE + 1))
            counts[key] = counts.get(key, torch.zeros_like(found)) + found
        if counts and not any(_lacking(names[key], counts[key], may_lack) for key in counts):
            return
    for key, count in counts.items():
        if lacking := _lacking(names[key], count, may_lack):
            said = f"{split}: no {ONE[key]} is of class {' or '.join(lacking)}; found: {describe(names[key], count)}."
            some = "Leave it out of classes, or name it in may_lack"
            raise ValueError(f"{said} {some if count[: len(names[key])].any() else NOTHING.capitalize()}")


def _lacking(names: Sequence[str], counts: Tensor, may_lack: Sequence[str]) -> list[str]:
    if not counts[: len(names)].any():
        return list(names)
    return [name for name, count in zip(names, counts.tolist(), strict=False) if not count and name not in may_lack]


def shares(counts: Tensor, called: Mapping[int, str]) -> str:
    """The share of each label that was counted, the labels as they are called."""
    total = int(counts.sum())
    parts = [f"{called.get(label, label)} {count / total:.1%}" for label, count in enumerate(counts.tolist()) if count]
    return ", ".join(parts) or "nothing"
