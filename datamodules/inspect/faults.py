"""What is wrong with data."""

from collections.abc import Iterator, Mapping, Sequence

from datamodules.inspect.split import Finding, Split

SUB_PIXEL = 1.0  # size of an object below which a network of any stride sees nothing of it
VOID = 0.5  # share of ignored pixels that is said


def find_faults(splits: Mapping[str, Split], classes: Sequence[str], unit: str) -> Iterator[Finding]:
    """What cannot be read, is missing, or shows nothing."""
    for name, split in splits.items():
        yield from _unread(name, split)
        yield from _labels(name, split, classes, unit)
        yield from _images(name, split, unit)
    yield from _untrained(splits, classes, unit)


def _unread(name: str, split: Split) -> Iterator[Finding]:
    if broken := [each for each in split.facts if each.fault]:
        others = f", and {len(broken) - 1} others" if len(broken) > 1 else ""
        said = f"{len(broken)} of {len(split.facts)} images cannot be read: {broken[0].fault}{others}"
        yield Finding("fault", name, said, len(broken))


def _labels(name: str, split: Split, classes: Sequence[str], unit: str) -> Iterator[Finding]:
    for label, count in zip(classes, split.counts, strict=False):
        if not count:
            yield Finding("fault", name, f"no {unit} is of class {label}", len(split.facts))
    void = split.counts[-1] / max(split.counts.sum(), 1)
    if unit == "pixel" and void > VOID:
        yield Finding("fault", name, f"{void:.0%} of the pixels are ignored", len(split.facts))


def _images(name: str, split: Split, unit: str) -> Iterator[Finding]:
    what = "objects" if unit == "box" else f"a {unit} that counts"
    tiny = f"boxes of less than {SUB_PIXEL:g} pixel at the size that is trained at"
    kinds = {
        f"without {what}": [
            each.index for each in split.read if each.labels is not None and not each.labels[:-1].any()
        ],
        "of one shade alone": [each.index for each in split.read if each.thumb.std() < 1],
        f"with {tiny}": [each.index for each in split.read if unit == "box" and (each.sizes < SUB_PIXEL).any()],
    }
    for said, found in kinds.items():
        if found:
            yield Finding(
                "fault", name, f"{len(found)} of {len(split.facts)} images {said}: {split.named(found)}", len(found)
            )


def _untrained(splits: Mapping[str, Split], classes: Sequence[str], unit: str) -> Iterator[Finding]:
    """Classes that only another split than the training data has."""
    trained = splits["train"].counts
    for name, split in splits.items():
        for label, here, there in zip(classes, split.counts, trained, strict=False):
            if here and not there:
                said = f"class {label} has a {unit} here, and none in the training data"
                yield Finding("fault", name, said, len(split.facts))
