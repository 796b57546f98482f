"""Conditions that data put a network under, as claims of tricks speak of them."""

from collections.abc import Iterator, Sequence

import numpy as np

from datamodules.inspect.facts import Sizes
from datamodules.inspect.split import PLURAL, Finding, Split

RARE = 0.1  # of an equal share: a class below is rare
SIZES = 4.0  # the size that a tenth of the objects exceed, over the one that a tenth fall below: many sizes
CROWD = 20  # objects an image, by their median
SMALL_SET = 200  # training images


def find_conditions(train: Split, classes: Sequence[str], unit: str) -> Iterator[Finding]:
    """What the training data show; thresholds are the constants of this file."""
    yield from _imbalance(train, classes, unit)
    if unit == "pixel":
        yield from _bare(train, classes)
    objects = train.objects
    yield from _sizes(objects)
    crowd = float(np.median([len(each) for each in objects] or [0]))
    if unit == "box" and crowd >= CROWD:
        said = f"crowds: half of the images have {crowd:.0f} objects or more"
        yield Finding("condition", "train", said, len(train.facts), "crowds")
    if len(train.facts) < SMALL_SET:
        yield Finding(
            "condition", "train", f"a small set: {len(train.facts)} training images", len(train.facts), "a small set"
        )


def _imbalance(train: Split, classes: Sequence[str], unit: str) -> Iterator[Finding]:
    counts = train.counts[: len(classes)]
    shares = counts / max(counts.sum(), 1)
    low, high = int(shares.argmin()), int(shares.argmax())
    if len(shares) > 1 and 0 < shares[low] < RARE / len(shares):
        said = (
            f"imbalance: {shares[low]:.2%} of the {PLURAL[unit]} are {classes[low]}, {shares[high]:.0%} {classes[high]}"
        )
        yield Finding("condition", "train", said, len(train.facts), "imbalance")


def _bare(train: Split, classes: Sequence[str]) -> Iterator[Finding]:
    """Images of nothing but what objects lie on."""
    ground = train.ground
    if len(classes) > 1 and ground < len(classes):
        labels = [(each.index, each.labels[:-1]) for each in train.read if each.labels is not None]
        bare = [index for index, counts in labels if counts[ground] and counts[ground] == counts.sum()]
        said = f"{len(bare)} of {len(train.facts)} images show {classes[ground]} alone: {train.named(bare)}"
        yield from [Finding("condition", "train", said, len(bare), places=bare)] * bool(bare)


def _sizes(objects: Sequence[Sizes]) -> Iterator[Finding]:
    sizes = np.concatenate([np.zeros(0, np.float32), *objects])
    if len(sizes) < 10:
        return
    small, large = np.quantile(sizes, [0.1, 0.9])
    if large >= SIZES * small:
        said = f"many sizes: a tenth of the objects are below {small:.0f} pixels across, a tenth above {large:.0f}"
        yield Finding("condition", "train", said, len(objects), "many sizes")
