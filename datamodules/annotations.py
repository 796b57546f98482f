"""Images with boxes as files annotate them, and what is good in them as samples."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from torchvision import tv_tensors
from torchvision.transforms import v2

from datamodules.images import read_image
from datamodules.samples import Sample

Corners = tuple[float, float, float, float]


class Annotated(NamedTuple):
    """An image and the objects in it, as a file has them."""

    image: Path
    file: Path  # the annotation, to name it in messages
    size: tuple[int, int]  # height and width
    names: list[str]
    boxes: list[Corners]  # x1, y1, x2, y2


class Annotations(NamedTuple):
    """What a split's files say."""

    classes: tuple[str, ...]  # in the order of their labels
    images: list[Annotated]


def sort_out(image: Annotated, classes: Sequence[str]) -> tuple[Annotated, list[str]]:
    """The image with its good boxes only, cut to it, and a line on each bad one."""
    height, width = image.size
    names, boxes, faults = [], [], []
    for name, (x1, y1, x2, y2) in zip(image.names, image.boxes, strict=True):
        inside = (max(x1, 0), max(y1, 0), min(x2, width), min(y2, height))
        corners = f"({x1:g}, {y1:g}, {x2:g}, {y2:g})"
        if name not in classes:
            faults.append(f"{image.file}: box {corners} is of the unknown class {name!r}")
        elif not (inside[0] < inside[2] and inside[1] < inside[3]):  # true of nan, too
            faults.append(f"{image.file}: box {corners} has no area in {image.image.name} of {width}×{height}")
        else:
            names.append(name)
            boxes.append(inside)
    return image._replace(names=names, boxes=boxes), faults


class ImagesAndBoxes:
    """Reads images with good boxes; `size` is the height and width to resize to."""

    def __init__(self, images: Sequence[Annotated], size: tuple[int, int], classes: Sequence[str]) -> None:
        self.images, self.resize = images, v2.Resize(size)
        self.labels = {name: label for label, name in enumerate(classes)}

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> Sample:
        path, file, size, names, corners = self.images[index]
        image = torch.from_numpy(read_image(path)).permute(2, 0, 1)
        boxes = torch.tensor(corners, dtype=torch.float32).reshape(-1, 4)
        if (upright := tuple(image.shape[1:])) != size:
            got, said = (f"{width}×{height}" for height, width in (upright, size))
            turned = (
                " (boxes must refer to the image as its EXIF orientation turns it)" if upright == size[::-1] else ""
            )
            raise ValueError(f"{path} is of {got}, but {file} says {said}{turned}")
        sample: Sample = self.resize(
            {
                "image": tv_tensors.Image(image),
                "boxes": tv_tensors.BoundingBoxes(boxes, format="XYXY", canvas_size=size),
                "labels": torch.tensor([self.labels[name] for name in names], dtype=torch.int64),
            }
        )
        return sample
