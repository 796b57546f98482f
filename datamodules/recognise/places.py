"""Folders and files that belong to splits, by their names."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from datamodules.samples import Split

WORDS: dict[str, Split] = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "dev"), "val"),
    **dict.fromkeys(("test", "testing"), "test"),
}
BEFORE = "annot|images?|masks?|labels?"  # what may follow without a gap, as in trainannot
WORD = re.compile(
    rf"(?<![a-z])({'|'.join(sorted(WORDS, key=len, reverse=True))})(20\d\d)?(?=[^a-z]|$|{BEFORE})", re.IGNORECASE
)
SHARE = 0.2  # of the training data, to validate on where nothing else is there

Family = dict[Split, str]


def families(paths: Iterable[str]) -> dict[str, Family]:
    """Paths that differ in nothing but a split's name: the pattern of each kind, with the name of each split.

    A path that names no split is a pattern without one.
    """
    found: dict[str, Family] = {}
    for path in sorted(paths):
        if match := WORD.search(path):
            word = match[0]
            pattern = WORD.sub(lambda each: "{split}" if each[0] == word else each[0], path)  # noqa: B023  # used at once
            found.setdefault(pattern, {})[WORDS[match[1].lower()]] = word
        else:
            found.setdefault(path, {})
    return found


def first(pattern: str, family: Family) -> str:
    """The path of a family's training data."""
    return pattern.replace("{split}", family.get("train", next(iter(family.values()), "")))


def splits(family: Family) -> tuple[dict[str, Any], list[str]]:
    """The `splits` of a family, as far as they differ from the defaults, and what to say of them."""
    named: dict[str, Any] = {split: name for split, name in family.items() if name != split}
    notes = []
    if "val" not in family:
        named["val"] = SHARE
        notes.append(
            f"no validation data: {SHARE:.0%} of the training images are cut off for it, the same for all seeds"
        )
    if family and "train" not in family:
        named["train"] = next(iter(family.values()))
        notes.append(f"no training data by name: {named['train']} is taken")
    return named, notes


def given(splits: Mapping[str, Any]) -> dict[str, Any]:
    """The argument `splits`, where there is something to say."""
    return {"splits": dict(splits)} if splits else {}
