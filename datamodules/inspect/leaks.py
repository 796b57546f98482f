"""Images that two splits share, or nearly."""

import itertools
import re
from collections.abc import Iterator, Mapping

from datamodules.inspect.duplicates import find_duplicates
from datamodules.inspect.split import SHOWN, Finding, Split, more

SERIES = re.compile(r"(.*?[a-zA-Z].*?)[_-]?\d+(?:\.[^.]*)?$")  # what stands before the running number of a name
THEN = "`data check --split FOLDER` writes lists of a split that keeps what belongs together"
DATA = {"train": "training", "val": "validation"}  # what a split's data are called
USED = {"train": "trained on", "val": "validated on"}
GROUPS = "splits: {val: 0.2, group: '^(.*[a-zA-Z].*?)[_-]?\\d+\\.'} cuts whole series"


def find_leaks(splits: Mapping[str, Split]) -> Iterator[Finding]:
    """What two splits share: duplicates, and series such as the frames of a film.

    Scores that choose a model by images that test it too are no more honest than those of images that trained it.
    """
    for earlier, later in itertools.combinations(splits, 2):
        yield from _duplicates(splits, earlier, later)
        yield from _series(splits, earlier, later)


def _duplicates(splits: Mapping[str, Split], earlier: str, later: str) -> Iterator[Finding]:
    one, other = splits[earlier], splits[later]
    pairs = find_duplicates([each.thumb for each in one.read], [each.thumb for each in other.read])
    if pairs:
        here, there = [other.read[b].index for _, b, _ in pairs], [one.read[a].index for a, _, _ in pairs]
        files = [f"{other.names[b]} ({one.names[a]})" for a, b in zip(there, here, strict=True)]
        shown = ", ".join(files[:SHOWN]) + more(len(files))
        said = f"{len(pairs)} of {len(other.facts)} images are in the {DATA[earlier]} data too, or nearly: {shown}"
        yield Finding("leak", later, said, len(pairs), then=THEN, places=here, beside=there, beside_of=earlier)


def _series(splits: Mapping[str, Split], earlier: str, later: str) -> Iterator[Finding]:
    other = splits[later]
    torn = straddling({name: splits[name] for name in (earlier, later)})
    if inside := [index for index, each in enumerate(other.names) if series_of(each) in torn]:
        said = (
            f"{len(inside)} of {len(other.facts)} images are by their names of a series that is {USED[earlier]} too:"
            f" {other.named(inside)}"
        )
        yield Finding("leak", later, said, len(inside), then=f"{GROUPS}; {THEN}", places=inside)


def straddling(splits: Mapping[str, Split]) -> set[str]:
    """Series with images in several splits; none where all images are of one, whose name then says nothing."""
    each = [{series_of(name) for name in split.names} for split in splits.values()]
    several = {series for one in each for series in one if series and sum(series in other for other in each) > 1}
    return several if len(set().union(*each)) > 1 else set()


def series_of(name: str) -> str:
    """What stands before the running number of an image's name; nothing where that is all there is."""
    match = SERIES.match(name)
    return match[1] if match else ""
