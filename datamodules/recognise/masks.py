"""Images with a mask each."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from datamodules.bare import IGNORE
from datamodules.images import read_colours, read_values
from datamodules.labels import Value
from datamodules.named import camvid
from datamodules.patterns import images_below
from datamodules.recognise.instances import as_objects, count_objects
from datamodules.recognise.names import class_values
from datamodules.recognise.pixels import MANY, is_coloured, is_mask, same_size, some
from datamodules.recognise.places import Family, families
from datamodules.recognise.recognised import Recognised

USUAL = {"images": "{split}/images/{name}", "masks": "{split}/masks/{name}"}
IN_ORDER = (
    "name these classes in their order (classes: [road, sky, …], or a file classes.txt with a name a line, and init"
    " again); what is to be ignored is no class: void says its number, and num_classes counts the others"
)
CALLED = re.compile(r"mask|label|annot|seg|truth|gt|target", re.IGNORECASE)  # folders and files of masks, mostly
NUMBERED = "the numbers in each mask run from 1 on, as of objects; if they are classes, read them by ImageMaskFolder"


class Affix(NamedTuple):
    """What stands before and after the part of two names that is the same."""

    before: str
    after: str

    def strip(self, name: str) -> str | None:
        """What lies between; None where it does not fit."""
        if name.startswith(self.before) and name.endswith(self.after) and len(name) > len(self.before + self.after):
            return name[len(self.before) : len(name) - len(self.after)]
        return None

    def pattern(self, folder: str) -> str:
        """The pattern of such names in a folder."""
        return f"{folder}/{self.before}{{name}}{self.after}".removeprefix("./")


class Way(NamedTuple):
    """A way to pair images with masks: patterns of the folders, and of the names in them."""

    images: Family
    masks: Family
    affixes: tuple[Affix, Affix]
    pairs: list[tuple[Path, Path]]

    @property
    def patterns(self) -> dict[str, str]:
        """The patterns of images and masks."""
        of_images, of_masks = self.affixes
        return {"images": of_images.pattern(self.images.pattern), "masks": of_masks.pattern(self.masks.pattern)}


def recognise(root: Path) -> Iterator[Recognised]:
    """Folders of images of which each has a mask of its name, more or less, in the same folder or in another."""
    folders: dict[str, list[Path]] = {}
    for image in images_below(root):
        folders.setdefault(image.parent.relative_to(root).as_posix(), []).append(image)
    files = [(family, folders.get(family.training, [])) for family in families(folders)]
    way = max(_ways(files), key=lambda each: len(each.pairs), default=None)
    if way is None or len(way.pairs) < len(folders[way.images.training]) / 3:
        return
    images, masks = [image for image, _ in way.pairs], [mask for _, mask in way.pairs]
    if count_objects(some(masks)):
        yield from as_objects(way.patterns, way.masks, images, NUMBERED)
    arguments = {**({} if way.patterns == USUAL else way.patterns), **way.masks.splits}
    if _is_camvid(images, masks):
        yield Recognised("Segmentation", "CamVid", arguments, camvid.CLASSES, images, way.masks.notes)
        return
    classes, notes = _classes(root, masks)
    arguments["classes"] = classes
    yield Recognised("Segmentation", "ImageMaskFolder", arguments, list(classes), images, [*way.masks.notes, *notes])


def _is_camvid(images: Sequence[Path], masks: Sequence[Path]) -> bool:
    """Whether these are CamVid's frames, in SegNet's classes."""
    if not all(camvid.FRAME.fullmatch(image.stem) for image in images) or is_coloured(masks[0]):
        return False
    return all(read_values(mask).max() <= len(camvid.CLASSES) for mask in some(masks))


def _ways(files: Sequence[tuple[Family, list[Path]]]) -> Iterator[Way]:
    of_few = [(family, masks) for family, masks in files if any(map(is_mask, {*masks[:1], *masks[-1:]}))]
    for of_images, images in files:
        plain = bool(images) and is_mask(images[0]) and is_mask(images[-1])  # such as digits in a folder for each class
        for of_masks, masks in of_few:
            if images and not (plain and not CALLED.search(f"{of_masks.pattern}/{masks[0].stem}")):
                for affixes in sorted(_affixes(images, masks)):
                    yield Way(of_images, of_masks, affixes, _pairs(images, masks, affixes))


def _affixes(images: Sequence[Path], masks: Sequence[Path]) -> set[tuple[Affix, Affix]]:
    """Ways in which both the first and the last image's name lead to the name of a mask."""
    last = images[-1] if images is not masks else images[-2:][0]
    return _leading(images[0].stem, masks) & (_leading(last.stem, masks) | _leading(images[-1].stem, masks))


def _leading(image: str, masks: Sequence[Path]) -> set[tuple[Affix, Affix]]:
    found = set()
    for mask in (each.stem for each in masks):
        same = _same(image, mask)
        if same:
            found.add((Affix("", image[same:]), Affix("", mask[same:])))
        if same := _same(image[::-1], mask[::-1]):
            found.add((Affix(image[:-same], ""), Affix(mask[:-same], "")))
    return found


def _same(one: str, other: str) -> int:
    """How many characters agree from the left, without what separates them from the rest."""
    same = next((k for k, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return len(one[:same].rstrip("_-. "))


def _pairs(images: Sequence[Path], masks: Sequence[Path], affixes: tuple[Affix, Affix]) -> list[tuple[Path, Path]]:
    """The pairs that a way of naming makes; none if what would be masks are none, or images are."""
    by_name = {affixes[1].strip(mask.stem): mask for mask in masks}
    pairs = [(image, by_name.get(affixes[0].strip(image.stem))) for image in images]
    good = [(image, mask) for image, mask in pairs if mask is not None and mask != image]
    looked_at = good[:: max(len(good) // 3, 1)]
    return good if all(is_mask(mask) and same_size(image, mask) for image, mask in looked_at) else []


def _classes(root: Path, masks: Sequence[Path]) -> tuple[list[str] | dict[str, Value], list[str]]:
    """The classes with what masks have for them, and what to say of that."""
    looked_at = some(masks)
    coloured = is_coloured(looked_at[0])
    numbers = sorted(
        {int(each) for mask in looked_at for each in np.unique(read_colours(mask) if coloured else read_values(mask))}
    )
    seen: list[Value] = [f"#{number:06x}" if coloured else number for number in numbers]
    named = class_values(root)
    if named is None:
        called = _called(seen)
        how = IN_ORDER if isinstance(called, list) else "name these classes, and say what is void"
        return called, [f"masks hold {_said(seen)}: {how}"]
    file = named[0].relative_to(root)
    if missing := [value for value in seen if value not in {*named[1].values(), IGNORE}]:
        return _called(seen), [
            f"masks hold {_said(seen)}, of which {file} does not name {missing[0]}: name the classes"
        ]
    return dict(named[1]), [f"the classes are named by {file}"]


def _called(seen: Sequence[Value]) -> list[str] | dict[str, Value]:
    """Names for what masks hold."""
    if list(seen) == [0, 255] or (len(seen) == 2 and seen[0] == "#000000"):
        return {"background": seen[0], "foreground": seen[1]}
    labels = [value for value in seen if value != IGNORE]
    if not 2 <= len(labels) < MANY:
        raise ValueError(f"masks hold {_said(seen)}: classes are told apart by 2 to {MANY - 1} numbers or colours")
    names = {f"class_{label}": value for label, value in enumerate(labels)}
    return list(names) if labels == list(range(len(labels))) else names


def _said(seen: Sequence[Value]) -> str:
    shown = ", ".join(map(str, seen[:12]))
    return shown if len(seen) <= 12 else f"{shown} and {len(seen) - 12} others"
