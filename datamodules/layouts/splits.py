"""Which images train, validate and test."""

import hashlib
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path

import numpy as np

from datamodules.files.photos import bursts
from datamodules.streams import global_seed
from datamodules.transforms.samples import Split

Strata = Callable[[Sequence[int]], Sequence[int]]
Files = Callable[[], Sequence[Path]]


@dataclass(frozen=True)
class Splits:
    r"""How the splits are named, or cut from the training data.

    What is cut does not depend on the seed, so that all runs are measured on the same images; only `folds` without a
    `fold` gives each seed a fold of its own. An added image moves few others, since groups are taken in the order of
    a hash of their names.

    Args:
        train: The name that stands for `{split}`, or a file that ends in `.txt` with an image name a line. A list finds
            images wherever `{split}` leads; where several are called alike, it says their paths.
        val: The same, or a share of the training data to cut off, such as 0.2.
        test: Likewise.
        group: A regular expression with one group, such as `scene_(\d+)`. Images whose names agree in it stay
            together; with a slash, such as `([^/]+)/[^/]+$` for their folders, it is sought in their paths.
        burst: Photos that were taken at most so many seconds after one another stay together, by their EXIF data.
        folds: Cut the training data in so many parts, of which one validates.
        fold: Which of them, from 0; by default the seed's remainder by `folds`.
        stratify: Cut so that each part has about the same share of images of each class, of several the rarest.

    Raises:
        ValueError: If these are out of range or contradict each other.
    """

    train: str = "train"
    val: float | str = "val"
    test: float | str = "test"
    group: str | None = None
    burst: float | None = None
    folds: int | None = None
    fold: int | None = None
    stratify: bool = False

    def __post_init__(self) -> None:
        if sum(self.shares.values()) >= 1:
            raise ValueError(f"splits: val and test must leave something to train on, got {self.val} and {self.test}")
        if self.folds is None:
            if self.fold is not None:
                raise ValueError(f"fold needs folds, the number of parts, got fold: {self.fold} alone")
            if (self.group or self.burst or self.stratify) and not self.shares:
                raise ValueError("group, burst and stratify are about cutting; give folds, or a share such as val: 0.2")
        else:
            self._check_folds(self.folds)
        if self.group is not None:
            _check_group(self.group)
        if self.burst is not None and not 0 < self.burst < math.inf:
            raise ValueError(f"burst must be above 0, in seconds, got {self.burst}")
        if self.group is not None and self.burst is not None:
            raise ValueError(
                f"group and burst both say what stays together; give one, got {self.group!r} and {self.burst}"
            )

    def _check_folds(self, folds: int) -> None:
        if not 2 <= folds <= 1000:
            raise ValueError(f"folds must be at least 2 and at most 1000, got {folds}")
        if self.fold is not None and not 0 <= self.fold < folds:
            raise ValueError(f"fold must be at least 0 and below folds, {folds}, got {self.fold}")
        if self.val != "val":
            raise ValueError(f"folds cut the validation data off, so that val must not be given, got {self.val}")

    @cached_property
    def shares(self) -> dict[Split, Fraction]:
        """The shares that are cut off."""
        given: dict[Split, float | str] = {"val": self.val, "test": self.test}
        return {split: _share(split, value) for split, value in given.items() if not isinstance(value, str)}

    def is_cut(self, split: Split) -> bool:
        """Whether a split is cut from the training data."""
        return split in self.shares or (split == "val" and self.folds is not None)

    def place(self, split: Split) -> str:
        """The name or list that a split's images are found by: that of the training data for what is cut from them."""
        return str(self.train if self.is_cut(split) else getattr(self, split))

    def members(self, split: Split, names: Sequence[str], strata: Strata, files: Files) -> list[int]:
        """Which of the images at the `place` of a split belong to it.

        Args:
            split: The split.
            names: The images' names.
            strata: Tells the class of each image of these indices; called if `stratify` asks for it.
            files: Tells where the images lie; called if `burst` asks for it.

        Raises:
            ValueError: If too few are there to cut, or `group` or `burst` finds nothing to go by.
        """
        if not (split == "train" or self.is_cut(split)):
            return list(range(len(names)))
        groups = [self._group(name) for name in names] if self.burst is None else bursts(names, files(), self.burst)
        left = list(range(len(names)))
        parts: dict[Split, list[int]] = {}
        cut_first: tuple[Split, ...] = ("test", "val")
        for name in cut_first:  # the test data do not depend on the fold
            if name in self.shares:
                parts[name] = self._off(left, self.shares[name] * len(names), groups, strata)
            elif name == "val" and self.folds is not None:
                fold = global_seed() % self.folds if self.fold is None else self.fold
                parts[name] = self._parts(left, self.folds, groups, strata)[fold]
            left = sorted(set(left) - set(parts.get(name, ())))
        return parts.get(split, left)

    def _group(self, name: str) -> str:
        if self.group is None:
            return name
        if not (found := re.search(self.group, name)):
            raise ValueError(f"group {self.group!r} finds nothing in the name {name!r}")
        return found.group(1)

    def _off(self, left: Sequence[int], count: Fraction, groups: Sequence[str], strata: Strata) -> list[int]:
        """About `count` of the images: whole groups."""
        if self.stratify:
            return self._parts(left, max(round(len(left) / count), 2), groups, strata)[0]
        by_group = _by_group(left, groups)
        taken: list[int] = []
        for members in by_group[:-1]:  # one is left to train on
            if len(taken) >= round(count) and taken:
                break
            taken += members
        return _some(sorted(taken), len(by_group))

    def _parts(self, left: Sequence[int], count: int, groups: Sequence[str], strata: Strata) -> list[list[int]]:
        by_group = _by_group(left, groups)
        if len(by_group) < count:
            raise ValueError(f"splits: {len(by_group)} images or groups cannot be cut into {count} parts")
        if self.stratify:
            from sklearn.model_selection import StratifiedGroupKFold  # a tenth of what a trial imports

            cut = StratifiedGroupKFold(count, shuffle=True, random_state=0)
            kept = cut.split(np.zeros(len(left)), strata(left), [groups[index] for index in left])
            return [[left[at] for at in part] for _, part in kept]
        parts: list[list[int]] = [[] for _ in range(count)]
        for members in by_group:
            min(parts, key=len).extend(members)
        return [sorted(part) for part in parts]


def _by_group(left: Sequence[int], groups: Sequence[str]) -> list[list[int]]:
    found: dict[str, list[int]] = {}
    for index in left:
        found.setdefault(groups[index], []).append(index)
    return [found[name] for name in sorted(found, key=_hash)]


def _hash(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()


def _some(taken: list[int], groups: int) -> list[int]:
    if not taken:
        raise ValueError(f"splits: {groups} image or group cannot be cut in two")
    return taken


def _share(name: str, value: float) -> Fraction:
    if not 0 < value < 1:
        raise ValueError(f"splits: {name} must be a name, or a share of the training data between 0 and 1, got {value}")
    return Fraction(str(value))


def _check_group(group: str) -> None:
    try:
        expression = re.compile(group)
    except re.error as error:
        raise ValueError(f"group must be a regular expression, got {group!r}: {error}") from error
    if expression.groups != 1:
        raise ValueError(f"group must hold one group in brackets, such as scene_(\\d+), got {group!r}")
