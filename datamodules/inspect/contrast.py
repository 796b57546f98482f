"""Whether the boundaries of classes can be seen: how much brighter or darker an image gets there than elsewhere."""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor
from torchvision.transforms import v2

from datamodules.inspect.split import Finding
from datamodules.transforms.bare import IGNORE
from datamodules.transforms.samples import Sample

FAINT = 1.5  # the step at boundaries over that inside of classes, below which they are faint
LEVEL = 1.0  # grey levels: an image without noise still has steps


def find_faint(samples: Sequence[Sample]) -> Iterator[Finding]:
    """Whether boundaries are faint, at the size that is trained at.

    Args:
        samples: Some, with masks.
    """
    steps = [steps_of(sample) for sample in samples]
    across, inside = (torch.cat([torch.zeros(0), *(each[at] for each in steps)]) for at in (0, 1))
    if not len(across) or not len(inside):
        return
    at, within = float(across.median()), float(inside.median())
    if at < FAINT * max(within, LEVEL):
        said = f"faint boundaries: neighbouring pixels differ by {at:.0f} grey levels where classes meet, by "
        yield Finding("condition", "val", f"{said}{within:.0f} elsewhere, in the median", len(steps))


def steps_of(sample: Sample) -> tuple[Tensor, Tensor]:
    """The steps in grey between neighbouring pixels of two classes, and of one; those beside ignored ones are left out.

    Shape:
        image (3, H, W) uint8 and mask (H, W) → (A,) and (B,) float32.
    """
    image, mask = sample["image"].as_subclass(Tensor), sample["mask"].as_subclass(Tensor).int()
    grey, known = v2.functional.rgb_to_grayscale(image)[0].float(), mask != IGNORE
    across, inside = [], []
    for axis in (0, 1):
        length = mask.shape[axis]
        both = known.narrow(axis, 1, length - 1) & known.narrow(axis, 0, length - 1)
        step, meets = grey.diff(dim=axis).abs(), mask.diff(dim=axis) != 0
        across.append(step[both & meets])
        inside.append(step[both & ~meets])
    return torch.cat(across), torch.cat(inside)
