"""Boxes in the XML files of VOC."""

from collections import Counter
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from datamodules.patterns import SUFFIXES
from datamodules.recognise.places import families, first, given, splits
from datamodules.recognise.recognised import Recognised


def recognise(root: Path) -> Recognised | None:
    """XML files of annotations, in the folders of VOC or beside lists of no kind."""
    files = [file for file in sorted(root.rglob("*.xml")) if not file.name.startswith(".")]
    if not files or _content(files[0]).tag != "annotation":
        return None
    lists = root / "ImageSets" / "Main"
    if (root / "Annotations").is_dir() and (root / "JPEGImages").is_dir() and (lists / "train.txt").is_file():
        return _in_lists(root, lists)
    found = families({file.parent.relative_to(root).as_posix() for file in files})
    pattern = max(found, key=lambda each: len(found[each]))
    folder = root / first(pattern, found[pattern])
    named, notes = splits(found[pattern])
    images = _images(root, folder)
    word = found[pattern].get("train")
    place = images[0].parent.relative_to(root).as_posix()
    arguments = {
        "images": f"{place.replace(word, '{split}') if word else place}/{{name}}".removeprefix("./"),
        "annotations": f"{pattern}/{{name}}.xml".removeprefix("./"),
        "lists": None,
    }
    return Recognised("Detection", "VocBoxes", {**arguments, **given(named)}, _classes(folder), images, notes)


def _in_lists(root: Path, lists: Path) -> Recognised:
    family = families(f"{split}.txt" for split in ("train", "val", "test") if (lists / f"{split}.txt").is_file())
    named, notes = splits(family["{split}.txt"])
    images = _images(root, root / "Annotations")
    return Recognised("Detection", "VocBoxes", given(named), _classes(root / "Annotations"), images, notes)


def _images(root: Path, folder: Path) -> list[Path]:
    """The images that belong to a folder's files."""
    stems = {file.stem for file in folder.glob("*.xml")}
    images = [file for file in sorted(root.rglob("*")) if file.suffix.lower() in SUFFIXES and file.stem in stems]
    if not images:
        raise ValueError(f"no image below {root} has the name of an XML file in {folder}")
    beside = Counter(image.parent for image in images).most_common(1)[0][0]
    return [image for image in images if image.parent == beside]


def _classes(folder: Path) -> list[str]:
    names = {name.text or "" for file in folder.glob("*.xml") for name in _content(file).findall("object/name")}
    return sorted(names)


def _content(file: Path) -> Element:
    try:
        return ElementTree.parse(file).getroot()
    except (ElementTree.ParseError, ValueError, LookupError) as error:  # the last of an encoding that none knows
        raise ValueError(f"cannot read {file}: {error}") from error
