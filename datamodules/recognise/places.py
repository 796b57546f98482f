"""Folders and files that belong to splits, by their names."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from datamodules.transforms.samples import Split

WORDS: dict[str, Split] = {
    **dict.fromkeys(("train", "training", "训练", "训练集"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "dev", "验证", "验证集"), "val"),
    **dict.fromkeys(("test", "testing", "测试", "测试集"), "test"),
}
BEFORE = "annot|images?|masks?|labels?|[图影照原标掩真]"  # what may follow without a gap, as in trainannot, 训练图像
WORD = re.compile(
    rf"(?<![a-z])({'|'.join(sorted(WORDS, key=len, reverse=True))})(20\d\d)?(?=[^a-z一-鿿]|$|{BEFORE})", re.IGNORECASE
)
SHARE = 0.2  # of the training data, to validate on where nothing else is there
CUT = f"no validation data: {SHARE:.0%} of the training images are cut off for it, the same for all seeds"
MASKS = r"mask|label|annot|seg|truth|gt|target|标注|标签|标记|掩[码膜模]|蒙版|分割|真值"  # mostly
IMAGES = r"ima?ge?|photo|picture|图[像片]|影像|照片|原图"
KIND = re.compile(rf"{MASKS}|{IMAGES}|xml|json|obj_", re.IGNORECASE)


@dataclass(frozen=True)
class Family:
    """Paths that differ in nothing but a split's name.

    Args:
        pattern: The path, with `{split}` where the splits' names stand; a path that names no split as it is.
        names: The name of each split that has a path.
    """

    pattern: str
    names: dict[Split, str]

    @property
    def training(self) -> str:
        """The path of the training data."""
        return self.pattern.replace("{split}", self.names.get("train", next(iter(self.names.values()), "")))

    def generalised(self, path: str) -> str:
        """A path with `{split}` for the name of the first split that is there."""
        name = next(iter(self.names.values()), "")
        return WORD.sub(lambda each: "{split}" if each[0] == name else each[0], path) if name else path

    def beside(self, path: str) -> str:
        """The pattern of another path of the training data."""
        return path.replace(self.names["train"], "{split}") if "train" in self.names else path

    @cached_property
    def splits(self) -> dict[str, Any]:
        """The argument `splits`, as far as it differs from the defaults; nothing where it does not."""
        named: dict[str, Any] = {split: name for split, name in self.names.items() if name != split}
        if "val" not in self.names:
            named["val"] = SHARE
        if self.names and "train" not in self.names:
            named["train"] = next(iter(self.names.values()))
        return {"splits": named} if named else {}

    @property
    def notes(self) -> list[str]:
        """What to say of the splits."""
        notes = []
        if "val" not in self.names:
            notes.append(CUT)
        if self.names and "train" not in self.names:
            notes.append(f"no training data by name: {self.splits['splits']['train']} is taken")
        return notes


def families(paths: Iterable[str]) -> list[Family]:
    """The families of some paths."""
    found: dict[str, dict[Split, str]] = {}
    for path in sorted(paths):
        if match := WORD.search(path):
            word = match[0]
            pattern = WORD.sub(lambda each: "{split}" if each[0] == word else each[0], path)  # noqa: B023  # used at once
            found.setdefault(pattern, {})[WORDS[match[1].lower()]] = word
        else:
            found.setdefault(path, {})
    return [Family(pattern, names) for pattern, names in found.items()]


def folders_of(root: Path, files: Iterable[Path]) -> dict[Path, str]:
    """Of each file the folder, as seen from the root, with `*` for a name that tells several apart.

    Such names are those of scenes or patients; those of splits, and of kinds of files, such as images and masks, are
    none.
    """
    seen = {file: file.parent.relative_to(root).as_posix() for file in files}
    wild = _starred(set(seen.values()))
    return {file: wild[folder] for file, folder in seen.items()}


def _starred(folders: Iterable[str]) -> dict[str, str]:
    alike: dict[str, set[str]] = {}
    wild: dict[str, list[str]] = {}
    for folder in folders:
        parts = folder.split("/")
        plain = [at for at, part in enumerate(parts) if not (part == "." or WORD.search(part) or KIND.search(part))]
        wild[folder] = ["/".join([*parts[:at], "*", *parts[at + 1 :]]) for at in plain]
        for each in wild[folder]:
            alike.setdefault(each, set()).add(folder)
    return {folder: next((each for each in found if len(alike[each]) > 1), folder) for folder, found in wild.items()}


def widest(paths: Iterable[str]) -> Family | None:
    """Of the families of some paths the one with the most splits; None where there are no paths."""
    return max(families(paths), key=lambda family: len(family.names), default=None)
