"""Images with boxes as files annotate them, and what is good in them as samples."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from torchvision import tv_tensors
from torchvision.transforms import v2

from datamodules.files.images import read_image
from datamodules.transforms.samples import Sample

Corners = tuple[float, float, float, float]

MOSTLY = 0.5  # share of a box outside of its image above which it is said


class Found(NamedTuple):
    """An object as a file has it."""

    name: str  # of its class
    corners: Corners | None  # x1, y1, x2, y2; None where the file has no box
    place: str  # where the file has it, to name it in messages
    area: float | None = None  # in pixels of the file's image, where the file says it


class Annotated(NamedTuple):
    """An image and the objects in it, as a file has them."""

    image: Path
    file: Path  # the annotation, to name it in messages
    size: tuple[int, int]  # height and width
    objects: list[Found]


class Annotations(NamedTuple):
    """What a split's files say."""

    classes: tuple[str, ...]  # in the order of their labels
    images: list[Annotated]


def together(each: Sequence[Annotations]) -> Annotations:
    """Annotations of several places as those of one."""
    classes = dict.fromkeys(name for one in each for name in one.classes)
    return Annotations(tuple(classes), [image for one in each for image in one.images])


def sort_out(image: Annotated, classes: Sequence[str]) -> tuple[Annotated, list[str], list[str]]:
    """The image with its good boxes only, cut to it; a line on each bad one, and on each of which little is left."""
    good, faults, little = [], [], []
    for found in image.objects:
        fault, box = _judged(found, image, classes)
        if box is None:
            faults.append(f"{image.file}: {fault}")
        else:
            if _area(box) < (1 - MOSTLY) * _area(found.corners or box):
                little.append(f"{image.file}: box {_said(found.corners or box)} in {_named(image)}")
            area = _area(box) if found.area is None else found.area
            good.append(found._replace(corners=box, area=area))
    return image._replace(objects=good), faults, little


def _judged(found: Found, image: Annotated, classes: Sequence[str]) -> tuple[str, Corners | None]:
    """What is wrong with an object, or its box, cut to the image."""
    if found.corners is None:
        return f"{found.place} has no box", None
    (x1, y1, x2, y2), (height, width) = found.corners, image.size
    corners = _said(found.corners)
    if found.name not in classes:
        return f"box {corners} is of the unknown class {found.name!r}", None
    inside = (max(x1, 0), max(y1, 0), min(x2, width), min(y2, height))
    if not all(map(math.isfinite, found.corners)):
        return f"box {corners} must have finite corners", None
    if not (inside[0] < inside[2] and inside[1] < inside[3]):
        return f"box {corners} has no area in {_named(image)}", None
    return "", inside


def _area(box: Corners) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _said(box: Corners) -> str:
    return f"({', '.join(f'{edge:g}' for edge in box)})"


def _named(image: Annotated) -> str:
    height, width = image.size
    return f"{image.image.name} of {width}×{height}"


class ImagesAndBoxes:
    """Reads images with good boxes; `size` is the height and width to resize to."""

    def __init__(self, images: Sequence[Annotated], size: tuple[int, int], classes: Sequence[str]) -> None:
        self.images, self.resize = images, v2.Resize(size)
        self.labels = {name: label for label, name in enumerate(classes)}
        self.files = [each.image for each in images]
        self.names = [image.name for image in self.files]

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> Sample:
        path, file, size, _ = self.images[index]
        image = torch.from_numpy(read_image(path)).permute(2, 0, 1)
        if (upright := tuple(image.shape[1:])) != size:
            got, said = (f"{width}×{height}" for height, width in (upright, size))
            turned = (
                " (boxes must refer to the image as its EXIF orientation turns it)" if upright == size[::-1] else ""
            )
            raise ValueError(f"{path} is of {got}, but {file} says {said}{turned}")
        shown = {"image": tv_tensors.Image(image), "size": torch.tensor(size, dtype=torch.float32)}
        sample: Sample = self.resize({**shown, **self.annotated(index)})
        return sample

    def annotated(self, index: int) -> Sample:
        """What the file says of an image, which is not read."""
        _, _, size, objects = self.images[index]
        boxes = torch.tensor([found.corners for found in objects], dtype=torch.float32).reshape(-1, 4)
        return {
            "boxes": tv_tensors.BoundingBoxes(boxes, format="XYXY", canvas_size=size),
            "labels": torch.tensor([self.labels[found.name] for found in objects], dtype=torch.int64),
            "area": torch.tensor([found.area for found in objects], dtype=torch.float32),
        }
