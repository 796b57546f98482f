"""Whole images in a folder for each class."""

import re
from collections.abc import Iterator
from pathlib import Path

from datamodules.layouts.patterns import images_below
from datamodules.recognise.places import WORDS, widest
from datamodules.recognise.recognised import Recognised

NO_CLASS = re.compile(
    r"(jpeg|png)?images?|imgs?|photos?|pictures?|.*(mask|label|annot|segm|truth).*"
    r"|(图[像片]|影像|照片|原图)集?|.*(标注|标签|掩[码膜模]|蒙版|真值).*",
    re.IGNORECASE,
)
LEAST = 0.9  # share of the images that lie in folders of classes


def recognise(root: Path) -> Iterator[Recognised]:
    """Folders of images beside each other, whose names are classes: the last layout to try."""
    below: dict[str, dict[str, list[Path]]] = {}
    images = list(images_below(root))
    for image in images:
        parts = image.parent.relative_to(root).parts
        if parts and not NO_CLASS.fullmatch(parts[-1]) and parts[-1].lower() not in WORDS:
            below.setdefault("/".join(parts[:-1]), {}).setdefault(parts[-1], []).append(image)
    family = widest(place for place, folders in below.items() if len(folders) > 1)
    if family is None:
        return
    places = [family.pattern.replace("{split}", name) for name in family.names.values()] or [family.pattern]
    if sum(len(files) for place in places for files in below[place].values()) < LEAST * len(images):
        return
    folders = below[family.training]
    arguments = {**({} if family.pattern == "{split}" else {"folders": family.pattern}), **family.splits}
    if "val" not in family.names:
        arguments["splits"] = {**arguments["splits"], "stratify": True}
    found = [image for files in folders.values() for image in files]
    notes = [*family.notes, "the names of the folders are taken for classes"]
    yield Recognised("Classification", "ClassFolders", arguments, sorted(folders), found, notes)
