"""Pictures of what `data check` found: images with their masks and boxes."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch

from datamodules import DenseData
from datamodules.inspect.odd import oddest
from datamodules.inspect.split import SHOWN, Finding, Split
from experiments.images import pictures as drawn

ODD, USUAL = 12, 6  # images at most that are shown since they differ, and since they do not


class Shown(NamedTuple):
    """An image as the page shows it.

    Args:
        title: What it is shown for: what was found, or a heading.
        name: What it is called, and in what it is odd.
        photo: A JPEG.
        mask: A PNG of its labels; nothing where it has none.
        boxes: Rows of class, score and corners as shares of the image.
        beside: The JPEG of the image that it is a duplicate of.
    """

    title: str
    name: str
    photo: bytes
    mask: bytes = b""
    boxes: Sequence[Sequence[float]] = ()
    beside: bytes = b""


def pictures(
    data: DenseData, splits: Mapping[str, Split], found: Sequence[Finding], classes: Sequence[str], unit: str
) -> list[Shown]:
    """What was found, the oddest images, and some usual ones, in this order."""
    return [*_found(data, splits, found), *_odd(data, splits, classes, unit), *_usual(data, splits)]


def _found(data: DenseData, splits: Mapping[str, Split], found: Sequence[Finding]) -> Iterator[Shown]:
    for each in found:
        title = f"{each.split}: {each.said.partition(': ')[0]}"
        other: Any = each.beside_of
        read = {facts.index for facts in splits[each.split].read}
        for k, place in enumerate(each.places[:SHOWN]):
            if place in read:
                name = splits[each.split].names[place]
                if each.beside:
                    name += f", and {splits[other].names[each.beside[k]]}"
                beside = _photo(data.source(other)[each.beside[k]]) if each.beside else b""
                yield _shown(data, each.split, place, title, name)._replace(beside=beside)


def _odd(data: DenseData, splits: Mapping[str, Split], classes: Sequence[str], unit: str) -> Iterator[Shown]:
    ranked = [(odd, name) for name, split in splits.items() for odd in oddest(split, classes, unit)]
    for odd, name in sorted(ranked, key=lambda each: -each[0].far)[:ODD]:
        called = f"{name}, {splits[name].names[odd.place]}: {odd.why}"
        yield _shown(data, name, odd.place, "The oddest images", called)


def _usual(data: DenseData, splits: Mapping[str, Split]) -> Iterator[Shown]:
    for name, split in splits.items():
        read = split.read
        for at in sorted({round(place) for place in np.linspace(0, len(read) - 1, min(len(read), USUAL // 2))}):
            called = f"{name}, {split.names[read[at].index]}"
            yield _shown(data, name, read[at].index, "Some of all", called)


def _shown(data: DenseData, split: Any, place: int, title: str, name: str) -> Shown:
    sample = data.source(split)[place]
    mask, rows = b"", list[list[float]]()
    if "boxes" in sample:
        corners = sample["boxes"].as_subclass(torch.Tensor).numpy()
        labels = sample["labels"].tolist()
        rows = drawn.boxes(corners, labels, [1.0] * len(labels), tuple(sample["image"].shape[-2:]))
    elif "mask" in sample:
        mask = drawn.mask(sample["mask"].as_subclass(torch.Tensor).numpy(), data.colours)
    elif "label" in sample:
        name += f": {data.classes[int(sample['label'])]}" if int(sample["label"]) < len(data.classes) else ""
    return Shown(title, name, _photo(sample), mask, rows)


def _photo(sample: Mapping[str, Any]) -> bytes:
    return drawn.photo(sample["image"].as_subclass(torch.Tensor).permute(1, 2, 0).numpy())
