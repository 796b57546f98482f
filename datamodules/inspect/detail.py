"""What masks keep of themselves when they are drawn from cells: about the most that a network of a stride can reach."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from datamodules.inspect.split import Finding
from datamodules.transforms.bare import IGNORE
from datamodules.transforms.samples import Sample

STRIDES = (32, 16, 8, 4)
FINE = 0.9  # mean IoU at stride 16 below which something is said


def find_detail(samples: Sequence[Sample], classes: Sequence[str]) -> Iterator[Finding]:
    """Whether coarse cells lose much of the masks, at the size that is trained at.

    Args:
        samples: Some, with masks.
        classes: Names of the labels.
    """
    masks = [sample["mask"].as_subclass(Tensor).long() for sample in samples]
    masks = [mask for mask in masks if (mask != IGNORE).any()]
    reached = {stride: ious(masks, stride, len(classes)) for stride in STRIDES}
    if not masks or np.nanmean(reached[16]) >= FINE:
        return
    means = ", ".join(f"{np.nanmean(each):.2f} at {stride}" for stride, each in reached.items())
    least = int(np.nanargmin(reached[16]))
    said = f"fine detail: drawn from one cell a stride, the masks themselves reach a mean IoU of {means}"
    said += f" (least at 16: {classes[least]}, {reached[16][least]:.2f})"
    then = "a decoder, a smaller output_stride or a larger size can bring back what cells lose"
    yield Finding("condition", "val", said, len(masks), then=then)


def ious(masks: Sequence[Tensor], stride: int, classes: int) -> NDArray[np.float64]:
    """The IoU (C,) of masks (H, W) with themselves drawn from cells; NaN for a class that they lack."""
    confusion = torch.zeros(classes, classes)
    for mask in masks:
        kept = mask != IGNORE
        pairs = mask[kept] * classes + redrawn(mask, stride)[kept]
        confusion += pairs.bincount(minlength=classes**2).view(classes, classes)
    truth, drawn = confusion.sum(1), confusion.sum(0)
    found = confusion.diag() / (truth + drawn - confusion.diag())
    return found.where(truth > 0, torch.nan).double().numpy()


def redrawn(mask: Tensor, stride: int) -> Tensor:
    """A mask (H, W) from the share of each label in cells of stride × stride pixels, interpolated as logits are."""
    labels = mask[mask != IGNORE].unique()
    if not len(labels):
        return mask
    shares = (mask == labels.view(-1, 1, 1)).float()[None]
    height, width = (-(-side // stride) for side in mask.shape)
    cells = F.adaptive_avg_pool2d(shares, (height, width))
    return labels[F.interpolate(cells, mask.shape, mode="bilinear", align_corners=False)[0].argmax(0)]
