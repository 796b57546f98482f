"""Four images in one."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from lightning_modules.callbacks.mixing import Mixing


class Mosaic(Mixing):
    """Four images of the batch at half their size in the place of each (Bochkovskiy et al. 2020, "YOLOv4", fig. 3).

    In the regular form of Stitcher (Chen et al. 2020): quarters of one size, so that no object is cut and
    the batch keeps its shape. Masks and boxes follow. A batch of fewer than four repeats its images.

    Args:
        p: Share of the batches that are changed.

    Raises:
        ValueError: If p lies outside [0, 1], or a batch has neither masks nor boxes, or images of odd size.
    """

    def __init__(self, p: float = 0.5) -> None:
        super().__init__(p)

    def check(self, batch: Any) -> None:
        height, width = batch["image"].shape[-2:]
        if not {"mask", "boxes"} & batch.keys() or height % 2 or width % 2:
            raise ValueError(
                f"Mosaic: needs masks or boxes and images of even size, got {', '.join(batch)} of {height} × {width}"
            )

    def mix(self, batch: Any) -> None:
        height, width = batch["image"].shape[-2:]
        batch["image"] = _tile(F.interpolate(batch["image"], scale_factor=0.5, mode="bilinear", antialias=True))
        if "mask" in batch:
            batch["mask"] = _tile(batch["mask"][:, ::2, ::2])
        if "boxes" in batch:
            x, y = width / 2, height / 2
            corners = [(0, 0), (x, 0), (0, y), (x, y)]
            halves = [[boxes / 2 + boxes.new_tensor(2 * corner) for boxes in batch["boxes"]] for corner in corners]
            batch["boxes"] = _quarters(halves)
            batch["labels"] = _quarters([batch["labels"]] * 4)


def _tile(small: Tensor) -> Tensor:
    """Image i becomes the images i, i − 1, i − 2 and i − 3, in the order of reading."""
    a, b, c, d = (small.roll(k, 0) for k in range(4))
    return torch.cat([torch.cat([a, b], -1), torch.cat([c, d], -1)], -2)


def _quarters(halves: list[list[Tensor]]) -> list[Tensor]:
    """What belongs to image i of `_tile`, from a list over images for each quarter."""
    return [torch.cat([half[(i - k) % len(half)] for k, half in enumerate(halves)]) for i in range(len(halves[0]))]
