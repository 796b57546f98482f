"""Boxes in the XML files of VOC."""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PureWindowsPath
from typing import get_args
from xml.etree.ElementTree import Element

from datamodules.files.lists import lines_of, listed_name
from datamodules.files.texts import read_xml
from datamodules.layouts.patterns import files_below, images_below
from datamodules.recognise.places import Family, folders_of, widest
from datamodules.recognise.recognised import Recognised
from datamodules.transforms.samples import Split


def recognise(root: Path) -> Iterator[Recognised]:
    """XML files of annotations, in the folders of VOC or beside lists of no kind."""
    files = sorted(files_below(root, {".xml"}))
    contents = _contents(files)
    if not contents or next(iter(contents.values())).tag != "annotation":
        return
    lists = root / "ImageSets" / "Main"
    if (root / "Annotations").is_dir() and (root / "JPEGImages").is_dir() and (lists / "train.txt").is_file():
        yield _in_lists(root, lists, contents)
        return
    folders = folders_of(root, files)
    family = widest(folders.values())
    assert family is not None  # there are files
    there = [file for file in files if folders[file] == family.training]
    images = _images(root, there, contents)
    place = family.beside(next(iter(folders_of(root, images).values())))
    arguments = {
        "images": f"{place}/{{name}}".removeprefix("./"),
        "annotations": f"{family.pattern}/{{name}}.xml".removeprefix("./"),
        "lists": None,
    }
    classes = _classes(contents[file] for file in there if file in contents)
    yield Recognised("Detection", "VocBoxes", {**arguments, **family.splits}, classes, images, family.notes)


def _in_lists(root: Path, lists: Path, contents: Mapping[Path, Element]) -> Recognised:
    family = Family("{split}.txt", {split: split for split in get_args(Split) if (lists / f"{split}.txt").is_file()})
    files = {file.stem: file for file in (root / "Annotations").glob("*.xml")}
    names = {listed_name(line, files) for line in lines_of(lists / "train.txt")}
    training = [file for name, file in files.items() if name in names]
    images = _images(root, training, contents)
    classes = _classes(contents[file] for file in training if file in contents)
    return Recognised("Detection", "VocBoxes", family.splits, classes, images, family.notes)


def _images(root: Path, files: Iterable[Path], contents: Mapping[Path, Element]) -> list[Path]:
    """The images of some XML files: those of their names, else those that they name; in most of the same folder."""
    stems = {unicodedata.normalize("NFC", file.stem) for file in files}
    named = {_file_named(contents[file]) for file in files if file in contents}
    below = {image: unicodedata.normalize("NFC", image.name) for image in images_below(root)}
    images = [image for image, name in below.items() if Path(name).stem in stems]
    images = images or [image for image, name in below.items() if name in named]
    if not images:
        raise ValueError(
            f"no image below {root} has the name of an XML file in {next(iter(files)).parent}, or one that such a file"
            " says as <filename>"
        )
    folders = folders_of(root, images)
    most = Counter(folders.values()).most_common(1)[0][0]
    return [image for image in images if folders[image] == most]


def _file_named(annotation: Element) -> str:
    said = PureWindowsPath((annotation.findtext("filename") or "").strip()).name  # of either kind of slash
    return unicodedata.normalize("NFC", said)


def _classes(contents: Iterable[Element]) -> list[str]:
    return sorted({name.text or "" for content in contents for name in content.findall("object/name")})


def _contents(files: Iterable[Path]) -> dict[Path, Element]:
    """What files hold, less those that are broken, which whoever reads the data names.

    Raises:
        ValueError: If all are.
    """
    contents: dict[Path, Element] = {}
    broken = []
    for file in files:
        try:
            contents[file] = read_xml(file)
        except ValueError as error:
            broken.append(str(error))
    if broken and not contents:
        raise ValueError(broken[0])
    return contents
