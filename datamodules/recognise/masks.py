"""Images with a mask each."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from datamodules.files.images import read_values
from datamodules.layouts.patterns import images_below
from datamodules.named import camvid
from datamodules.recognise.instances import as_objects, count_objects
from datamodules.recognise.mask_classes import named_classes
from datamodules.recognise.pixels import is_coloured, is_mask, is_whole, same_size, some
from datamodules.recognise.places import MASKS, Family, families, folders_of
from datamodules.recognise.recognised import Recognised

USUAL = {"images": "{split}/images/{name}", "masks": "{split}/masks/{name}"}
CALLED = re.compile(MASKS, re.IGNORECASE)  # folders and files of masks
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
    for image, folder in folders_of(root, images_below(root)).items():
        folders.setdefault(folder, []).append(image)
    files = [(family, folders.get(family.training, [])) for family in families(folders)]
    way = max(_ways(files), key=lambda each: len(each.pairs), default=None)
    if way is None or len(way.pairs) < len(folders[way.images.training]) / 3:
        return
    shown, masks = [image for image, _ in way.pairs], some([mask for _, mask in way.pairs])
    if not (sound := [mask for mask in masks if is_whole(mask)]):
        return
    notes = [*way.masks.notes, *_unused(way, folders), *_broken(masks, sound)]
    if count_objects(sound):
        yield from as_objects(way.patterns, way.masks, shown, NUMBERED)
    arguments = {**({} if way.patterns == USUAL else way.patterns), **way.masks.splits}
    if _is_camvid(shown, sound):
        yield Recognised("Segmentation", "CamVid", arguments, camvid.CLASSES, shown, notes)
        return
    named = named_classes(root, sound)
    arguments |= named.arguments
    yield Recognised("Segmentation", "ImageMaskFolder", arguments, named.names, shown, [*notes, *named.notes])


def _unused(way: Way, folders: Mapping[str, Sequence[Path]]) -> list[str]:
    """What to say of images in folders that are not read."""
    used = {family.pattern.replace("{split}", name) for family in way[:2] for name in family.names.values() or [""]}
    others = [image for folder, files in folders.items() if folder not in used for image in files]
    return [f"{len(others)} other image files are left out, such as {others[0]}"] if others else []


def _broken(masks: Sequence[Path], sound: Sequence[Path]) -> list[str]:
    """What to say of masks that cannot be read."""
    broken = [mask for mask in masks if mask not in sound]
    said = f"{len(broken)} of {len(masks)} masks that were looked at cannot be read, {broken[0]}" if broken else ""
    return [f"{said}; `trickbench data check` reads all"] if broken else []


def _is_camvid(images: Sequence[Path], masks: Sequence[Path]) -> bool:
    """Whether these are CamVid's frames, in SegNet's classes."""
    if not all(camvid.FRAME.fullmatch(image.stem) for image in images) or is_coloured(masks[0]):
        return False
    return all(read_values(mask).max() <= len(camvid.CLASSES) for mask in masks)


def _ways(files: Sequence[tuple[Family, list[Path]]]) -> Iterator[Way]:
    """Of each two folders the way that pairs the most, where pairs are of an image and a mask."""
    of_few = [(family, masks) for family, masks in files if any(map(is_mask, {*masks[:1], *masks[-1:]}))]
    for of_images, images in files:
        plain = bool(images) and is_mask(images[0]) and is_mask(images[-1])  # such as digits in a folder for each class
        for of_masks, masks in of_few:
            if images and not (plain and not CALLED.search(f"{of_masks.pattern}/{masks[0].stem}")):
                ways = (
                    Way(of_images, of_masks, affixes, _pairs(images, masks, affixes))
                    for affixes in sorted(_affixes(images, masks))
                )
                most = sorted((way for way in ways if way.pairs), key=lambda way: -len(way.pairs))
                yield from islice((way for way in most if _fit(way.pairs)), 1)


def _affixes(images: Sequence[Path], masks: Sequence[Path]) -> set[tuple[Affix, Affix]]:
    """Ways in which the names of both a first and a last image lead to the name of a mask; one may have none."""
    first, last = (
        {way for image in some for way in _leading(_name(image), masks)} for some in (images[:3], images[-4:])
    )
    return first & last


def _name(file: Path) -> str:
    return unicodedata.normalize("NFC", file.stem)  # of two files of one name one may come from a disk of macOS


def _leading(image: str, masks: Sequence[Path]) -> set[tuple[Affix, Affix]]:
    found = set()
    for mask in map(_name, masks):
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
    """The pairs that a way of naming makes."""
    by_name = {name: mask for mask in masks if (name := affixes[1].strip(_name(mask))) is not None}
    named = ((image, affixes[0].strip(_name(image))) for image in images)
    pairs = [(image, by_name[name]) for image, name in named if name in by_name]
    return [(image, mask) for image, mask in pairs if mask != image]


def _fit(pairs: Sequence[tuple[Path, Path]]) -> bool:
    """Whether most of a few that can be read are of an image and a mask of its size."""
    whole = (pair for pair in pairs[:: max(len(pairs) // 20, 1)] if all(map(is_whole, pair)))
    fit = [is_mask(mask) and same_size(image, mask) for image, mask in islice(whole, 3)]
    return sum(fit) > len(fit) / 2
