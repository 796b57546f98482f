"""What is wrong with data."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from datamodules.inspect.split import Finding, Split
from datamodules.loading.presence import NOTHING

SUB_PIXEL = 1.0  # size of an object below which a network of any stride sees nothing of it
VOID = 0.5  # share of ignored pixels that is said
DARK = 64  # grey levels of 256: an image of 16 bits that has none above is one of fewer bits
NAMED = 12  # classes named in a line
FEW = 0.1  # of the images, or one: that are of another mode than most


def find_faults(splits: Mapping[str, Split], classes: Sequence[str], unit: str) -> Iterator[Finding]:
    """What cannot be read, is missing, or shows nothing."""
    for name, split in splits.items():
        yield from _unread(name, split)
        yield from missing(name, split, classes, unit)
        yield from _images(name, split, unit)
        yield from _modes(name, split)
        yield from _shapes(name, split)
    yield from _untrained(splits, classes, unit)


def _unread(name: str, split: Split) -> Iterator[Finding]:
    if broken := [each for each in split.facts if each.fault]:
        others = f"; nor {split.named([each.index for each in broken[1:]])}" if len(broken) > 1 else ""
        said = f"{len(broken)} of {len(split.facts)} images cannot be read: {broken[0].fault}{others}"
        then = "mend these files, or take them out"
        yield Finding("fault", name, said, len(broken), then=then, places=[each.index for each in broken])


def missing(name: str, split: Split, classes: Sequence[str], unit: str) -> Iterator[Finding]:
    """Classes that a split lacks, and much that is ignored: what its labels alone tell."""
    lacking = [label for label, count in zip(classes, split.counts, strict=False) if not count]
    if lacking:
        none = len(lacking) == len(classes)
        said = f"no {unit} is of any class" if none else f"no {unit} is of class {_listed(lacking)}"
        it = "it" if len(lacking) == 1 else "them"
        some = f"split again (stratify: true), leave {it} out of classes, or name {it} in may_lack"
        yield Finding("fault", name, said, len(split.facts), then=NOTHING if none else some)
    void = split.counts[-1] / max(split.counts.sum(), 1)
    if unit == "pixel" and void > VOID:
        then = "see whether void is the number of a class; classes: {name: number} says what masks hold"
        yield Finding("fault", name, f"{void:.0%} of the pixels are ignored", len(split.facts), then=then)


def _images(name: str, split: Split, unit: str) -> Iterator[Finding]:
    what = "objects" if unit == "box" else f"a {unit} that counts"
    tiny = f"boxes of less than {SUB_PIXEL:g} pixel at the size that is trained at"
    empty = [each.index for each in split.read if each.labels is not None and not each.labels[:-1].any()]
    kinds = {
        f"without {what}": (empty, "right where they show none of the classes; else label them"),
        "of one shade alone": (
            [e.index for e in split.read if e.thumb.std() < 1],
            "look whether they were saved whole",
        ),
        "use less than a quarter of their 16 bits, by which they are scaled": (
            [e.index for e in split.read if e.mode.startswith("I") and e.thumb.max() < DARK],
            "save them as 8 bits, or as 16 of which they use all",
        ),
        f"with {tiny}": (
            [each.index for each in split.read if unit == "box" and (each.sizes < SUB_PIXEL).any()],
            "raise size, or leave such boxes out",
        ),
    }
    for said, (found, then) in kinds.items():
        if found:
            line = f"{len(found)} of {len(split.facts)} images {said}: {split.named(found)}"
            shows_none = found is empty and unit == "box"  # from which detectors learn what is none
            yield Finding("condition" if shows_none else "fault", name, line, len(found), then=then, places=found)


def _modes(name: str, split: Split) -> Iterator[Finding]:
    """Images of another kind than nearly all others, such as grey ones among coloured ones."""
    modes = Counter(each.mode for each in split.read if each.mode)
    for mode, count in modes.items():
        usual = modes.most_common(1)[0][0]
        if mode != usual and count <= max(1, FEW * len(split.read)):
            found = [each.index for each in split.read if each.mode == mode]
            said = f"{count} of {len(split.facts)} images are of mode {mode}, most are {usual}: {split.named(found)}"
            yield Finding("fault", name, said, count, then=f"save them as {usual} if they ought to be", places=found)


def _shapes(name: str, split: Split) -> Iterator[Finding]:
    """Images of another size than nearly all others."""
    sizes = Counter(each.shape for each in split.read if all(each.shape))
    for usual, _ in sizes.most_common(1):
        found = [each.index for each in split.read if all(each.shape) and each.shape != usual]
        if 0 < len(found) <= max(1, FEW * len(split.read)) and len(split.read) > 2:
            width, height = usual
            said = f"{len(found)} of {len(split.facts)} images are not of {width}×{height}, as most are:"
            then = "look whether they belong here, and are whole; all are resized to one size"
            yield Finding("fault", name, f"{said} {split.named(found)}", len(found), then=then, places=found)


def _untrained(splits: Mapping[str, Split], classes: Sequence[str], unit: str) -> Iterator[Finding]:
    """Classes that only another split than the training data has."""
    trained = splits["train"].counts
    for name, split in splits.items():
        both = zip(classes, split.counts, trained, strict=False)
        if new := [label for label, here, there in both if here and not there]:
            said = f"class {_listed(new)} has a {unit} here, and none in the training data"
            yield Finding("fault", name, said, len(split.facts), then="split again (stratify: true)")


def _listed(labels: Sequence[str]) -> str:
    """Names of classes, of many the first."""
    others = f" or {len(labels) - NAMED} more" if len(labels) > NAMED else ""
    return " or ".join(labels[:NAMED]) + others
