"""Images that two splits share, or nearly."""

import re
from collections.abc import Iterator, Mapping

from datamodules.inspect.duplicates import find_duplicates
from datamodules.inspect.split import SHOWN, Finding, Split, more

SERIES = re.compile(r"(.*?[a-zA-Z].*?)[_-]?\d+(?:\.[^.]*)?$")  # what stands before the running number of a name
THEN = "`data check --split FOLDER` writes lists of a split that keeps what belongs together"
GROUPS = "splits: {val: 0.2, group: '^(.*[a-zA-Z].*?)[_-]?\\d+\\.'} cuts whole series"


def find_leaks(splits: Mapping[str, Split]) -> Iterator[Finding]:
    """What is in the training data and in another split: duplicates, and series such as the frames of a film."""
    for name, split in splits.items():
        if name != "train":
            yield from _duplicates(splits["train"], name, split)
            yield from _series(splits["train"], name, split)


def _duplicates(train: Split, name: str, split: Split) -> Iterator[Finding]:
    pairs = find_duplicates([each.thumb for each in train.read], [each.thumb for each in split.read])
    if pairs:
        here, there = [split.read[b].index for _, b, _ in pairs], [train.read[a].index for a, _, _ in pairs]
        files = [f"{split.names[b]} ({train.names[a]})" for a, b in zip(there, here, strict=True)]
        shown = ", ".join(files[:SHOWN]) + more(len(files))
        said = f"{len(pairs)} of {len(split.facts)} images are in the training data too, or nearly: {shown}"
        yield Finding("leak", name, said, len(pairs), then=THEN, places=here, beside=there)


def _series(train: Split, name: str, split: Split) -> Iterator[Finding]:
    torn = straddling({"train": train, name: split})
    inside = [index for index, each in enumerate(split.names) if series_of(each) in torn]
    if inside:
        said = (
            f"{len(inside)} of {len(split.facts)} images are by their names of a series that is trained on too:"
            f" {split.named(inside)}"
        )
        yield Finding("leak", name, said, len(inside), then=f"{GROUPS}; {THEN}", places=inside)


def straddling(splits: Mapping[str, Split]) -> set[str]:
    """Series with images in several splits; none where all images are of one, whose name then says nothing."""
    each = [{series_of(name) for name in split.names} for split in splits.values()]
    several = {series for one in each for series in one if series and sum(series in other for other in each) > 1}
    return several if len(set().union(*each)) > 1 else set()


def series_of(name: str) -> str:
    """What stands before the running number of an image's name; nothing where that is all there is."""
    match = SERIES.match(name)
    return match[1] if match else ""
