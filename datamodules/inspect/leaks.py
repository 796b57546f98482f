"""Images that two splits share, or nearly."""

import bisect
import itertools
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from datamodules.inspect.duplicates import Pair, find_duplicates
from datamodules.inspect.parts import Picture
from datamodules.inspect.series import series_of, straddling
from datamodules.inspect.split import SHOWN, Finding, Split, more

BURST = 10.0  # seconds between photos that show the same
THEN = "`data check --split FOLDER` writes lists of a split that keeps what belongs together"
DATA = {"train": "training", "val": "validation"}  # what a split's data are called
USED = {"train": "trained on", "val": "validated on"}
GROUP = re.compile(r"^(.*[a-zA-Z].*?)[_-]?\d+(?:\.|$)")
GROUPS = f"splits: {{val: 0.2, group: '{GROUP.pattern}'}} cuts whole series"
Search = Callable[[Sequence[Picture], Sequence[Picture]], Sequence[Pair]]


def find_leaks(splits: Mapping[str, Split], search: Search = find_duplicates) -> Iterator[Finding]:
    """What two splits share: duplicates, and series such as the frames of a film.

    Scores that choose a model by images that test it too are no more honest than those of images that trained it.

    Args:
        splits: Name → split, the earlier ones first.
        search: What finds duplicates, by the grey pictures of two splits.
    """
    for earlier, later in itertools.combinations(splits, 2):
        yield from _duplicates(splits, earlier, later, search)
        yield from _series(splits, earlier, later)
        yield from _moments(splits, earlier, later)


def _duplicates(splits: Mapping[str, Split], earlier: str, later: str, search: Search) -> Iterator[Finding]:
    one, other = splits[earlier], splits[later]
    pairs = search([each.thumb for each in one.read], [each.thumb for each in other.read])
    if pairs:
        here, there = [other.read[b].index for _, b, _ in pairs], [one.read[a].index for a, _, _ in pairs]
        files = [f"{other.names[b]} ({one.names[a]})" for a, b in zip(there, here, strict=True)]
        shown = ", ".join(files[:SHOWN]) + more(len(files))
        said = f"{len(pairs)} of {len(other.facts)} images are in the {DATA[earlier]} data too, or nearly: {shown}"
        yield Finding("leak", later, said, len(pairs), then=THEN, places=here, beside=there, beside_of=earlier)


def _series(splits: Mapping[str, Split], earlier: str, later: str) -> Iterator[Finding]:
    other, series = splits[later], series_of({name: splits[name] for name in (earlier, later)})
    torn = straddling(series)
    if inside := [index for index, each in enumerate(series[later]) if each in torn]:
        said = (
            f"{len(inside)} of {len(other.facts)} images are by their names of a series that is {USED[earlier]} too:"
            f" {other.named(inside)}"
        )
        then = "; ".join([*_by_group(splits[earlier], other), THEN])
        yield Finding("leak", later, said, len(inside), then=then, places=inside)


def _by_group(*splits: Split) -> list[str]:
    """A split that keeps series together, where the images' names alone tell them, and not folders."""
    told = all(not split.folders and all(map(GROUP.search, split.names)) for split in splits)
    return [GROUPS] if told else []


def _moments(splits: Mapping[str, Split], earlier: str, later: str) -> Iterator[Finding]:
    other = splits[later]
    if inside := [place for _, place in at_once(splits[earlier], other)]:
        said = (
            f"{len(inside)} of {len(other.facts)} images were taken within {BURST:g} s of one that is {USED[earlier]},"
            f" as their cameras say: {other.named(inside)}"
        )
        yield Finding("leak", later, said, len(inside), then=THEN, places=inside)


def at_once(one: Split, other: Split) -> list[tuple[int, int]]:
    """Of each image of another split that was taken nearly when one of this split was, the places of both."""
    times = sorted((each.taken, each.index) for each in one.read if not math.isnan(each.taken))
    if len(times) > 1 and times[0][0] == times[-1][0]:  # of a clock that stands still
        return []
    found = []
    for each in other.read if times else ():
        at = bisect.bisect(times, (each.taken, -1))
        near = min(times[max(at - 1, 0) : at + 1], key=lambda time: abs(time[0] - each.taken))
        if abs(near[0] - each.taken) <= BURST:
            found.append((near[1], each.index))
    return found
