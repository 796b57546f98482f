"""Images that two splits share, or nearly."""

import re
from collections.abc import Iterator, Mapping

from datamodules.inspect.duplicates import find_duplicates
from datamodules.inspect.split import SHOWN, Finding, Split, more

SERIES = re.compile(r"(.*?[a-zA-Z].*?)[_-]?\d+(?:\.[^.]*)?$")  # what stands before the running number of a name


def find_leaks(splits: Mapping[str, Split]) -> Iterator[Finding]:
    """What is in the training data and in another split: duplicates, and series such as the frames of a film."""
    for name, split in splits.items():
        if name != "train":
            yield from _duplicates(splits["train"], name, split)
            yield from _series(splits["train"], name, split)


def _duplicates(train: Split, name: str, split: Split) -> Iterator[Finding]:
    pairs = find_duplicates([each.thumb for each in train.read], [each.thumb for each in split.read])
    if pairs:
        files = [(split.names[split.read[b].index], train.names[train.read[a].index]) for a, b, _ in pairs]
        shown = ", ".join(f"{here} ({there})" for here, there in files[:SHOWN]) + more(len(files))
        said = f"{len(pairs)} of {len(split.facts)} images are in the training data too, or nearly: {shown}"
        yield Finding("leak", name, said, len(pairs))


def _series(train: Split, name: str, split: Split) -> Iterator[Finding]:
    trained, here = ({series_of(each) for each in part.names} - {""} for part in (train, split))
    both = trained & here
    inside = [index for index, each in enumerate(split.names) if series_of(each) in both]
    if both and len(trained | here) > 1:
        said = (
            f"{len(inside)} of {len(split.facts)} images are by their names of a series that is trained on too:"
            f" {split.named(inside)}. Splits of whole series: {{val: 0.2, group: '^(.*[a-zA-Z].*?)[_-]?\\d+\\.'}}"
        )
        yield Finding("leak", name, said, len(inside))


def series_of(name: str) -> str:
    """What stands before the running number of an image's name; nothing where that is all there is."""
    match = SERIES.match(name)
    return match[1] if match else ""
