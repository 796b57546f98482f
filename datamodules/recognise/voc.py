"""Boxes in the XML files of VOC."""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import get_args
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from datamodules.lists import lines_of, listed_name
from datamodules.patterns import images_below
from datamodules.recognise.places import Family, widest
from datamodules.recognise.recognised import Recognised
from datamodules.samples import Split


def recognise(root: Path) -> Iterator[Recognised]:
    """XML files of annotations, in the folders of VOC or beside lists of no kind."""
    files = [file for file in sorted(root.rglob("*.xml")) if not file.name.startswith(".")]
    if not files or _content(files[0]).tag != "annotation":
        return
    lists = root / "ImageSets" / "Main"
    if (root / "Annotations").is_dir() and (root / "JPEGImages").is_dir() and (lists / "train.txt").is_file():
        yield _in_lists(root, lists)
        return
    family = widest({file.parent.relative_to(root).as_posix() for file in files})
    assert family is not None  # there are files
    folder = root / family.training
    files = list(folder.glob("*.xml"))
    images = _images(root, folder, files)
    place = family.beside(images[0].parent.relative_to(root).as_posix())
    arguments = {
        "images": f"{place}/{{name}}".removeprefix("./"),
        "annotations": f"{family.pattern}/{{name}}.xml".removeprefix("./"),
        "lists": None,
    }
    yield Recognised("Detection", "VocBoxes", {**arguments, **family.splits}, _classes(files), images, family.notes)


def _in_lists(root: Path, lists: Path) -> Recognised:
    family = Family("{split}.txt", {split: split for split in get_args(Split) if (lists / f"{split}.txt").is_file()})
    files = {file.stem: file for file in (root / "Annotations").glob("*.xml")}
    names = {listed_name(line, files) for line in lines_of(lists / "train.txt")}
    training = [file for name, file in files.items() if name in names]
    images = _images(root, root / "Annotations", training)
    return Recognised("Detection", "VocBoxes", family.splits, _classes(training), images, family.notes)


def _images(root: Path, folder: Path, files: Iterable[Path]) -> list[Path]:
    """The images that belong to some of a folder's files."""
    stems = {file.stem for file in files}
    images = [file for file in images_below(root) if file.stem in stems]
    if not images:
        raise ValueError(f"no image below {root} has the name of an XML file in {folder}")
    beside = Counter(image.parent for image in images).most_common(1)[0][0]
    return [image for image in images if image.parent == beside]


def _classes(files: Iterable[Path]) -> list[str]:
    names = {name.text or "" for file in files for name in _content(file).findall("object/name")}
    return sorted(names)


def _content(file: Path) -> Element:
    try:
        return ElementTree.parse(file).getroot()
    except (ElementTree.ParseError, ValueError, LookupError) as error:  # the last of an encoding that none knows
        raise ValueError(f"cannot read {file}: {error}") from error
