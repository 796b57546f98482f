"""A split that was read, and what is found in it."""

import re
from collections.abc import Sequence
from pathlib import PurePath
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from datamodules.inspect.facts import Facts, Sizes
from datamodules.transforms.bare import IGNORE

Kind = Literal["fault", "leak", "condition"]
PLURAL = {"pixel": "pixels", "box": "boxes", "image": "images"}  # what labels count
SERIES = re.compile(r"(.*?[a-zA-Z].*?)[_-]?\d+(?:\.[^.]*)?$")  # what stands before the running number of a name
SHOWN = 3  # samples named in a line
ENOUGH = 64  # images that tell what all are like


class Split(NamedTuple):
    """A split that was read."""

    names: Sequence[str]  # of its images; numbers where they have none
    facts: Sequence[Facts]
    folders: Sequence[str] = ()  # that each lies in, within its split; nothing where all images do in one

    def named(self, indices: Sequence[int]) -> str:
        """Some of the images by name, and how many others there are."""
        return ", ".join(self.names[index] for index in indices[:SHOWN]) + more(len(indices))

    @property
    def series(self) -> list[str]:
        """What stands before the running number of each image's name, its folder first; nothing where that is all."""
        folders = self.folders or [""] * len(self.names)
        return [_series(PurePath(name), folder) for name, folder in zip(self.names, folders, strict=True)]

    @property
    def read(self) -> list[Facts]:
        """Those that could be read."""
        return [each for each in self.facts if not each.fault]

    @property
    def counts(self) -> NDArray[np.int64]:
        """The count of each label; the last is what is ignored."""
        counts = [each.labels for each in self.facts if each.labels is not None]
        return np.sum(counts, axis=0, dtype=np.int64) if counts else np.zeros(1, np.int64)

    @property
    def objects(self) -> list[Sizes]:
        """The sizes of the objects of each image that could be read; the ground is none."""
        return [each.sizes[each.kinds != self.ground] for each in self.read]

    @property
    def ground(self) -> int:
        """The label of most pixels, which objects lie on; `IGNORE` where none has more than half of them."""
        counts = self.counts[:-1]
        return int(counts.argmax()) if 2 * counts.max(initial=0) > counts.sum() else IGNORE


def _series(name: PurePath, folder: str) -> str:
    match = SERIES.match(f"{folder}/{name.name}" if folder else name.name)
    series = match[1] if match else folder
    return "" if series.rstrip("._- ").lower() == name.parent.name.lower() else series  # which is its class


class Finding(NamedTuple):
    """Something that was found."""

    kind: Kind
    split: str
    said: str
    images: int
    """How many images it is about; all of them where it says none."""
    condition: str = ""
    """What tricks call it in `holds_when`, where they do."""
    then: str = ""
    """What to do about it."""
    places: Sequence[int] = ()
    """Where the images stand in their split."""
    beside: Sequence[int] = ()
    """Of each duplicate the place of the other image, in its split."""
    beside_of: str = "train"
    """The split of these other images."""


def more(count: int) -> str:
    """How many others there are beside those that are shown."""
    return f" and {count - SHOWN} more" if count > SHOWN else ""


def some(places: Sequence[int]) -> list[int]:
    """Enough of them, evenly over all."""
    return [places[at] for at in np.linspace(0, len(places) - 1, min(len(places), ENOUGH)).astype(int)]
