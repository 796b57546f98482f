"""Random scale, place and side of an image, of which only the pixels that are kept are made."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torchvision import tv_tensors
from torchvision.transforms.v2 import functional as F

from datamodules.files.images import LARGEST
from datamodules.transforms.bare import IGNORE


class Span(NamedTuple):
    """Of rows or columns: which are kept, to how many they are resized, and how many are laid bare around those."""

    start: int
    kept: int
    made: int
    before: int
    after: int

    def nearest(self) -> NDArray[np.intp]:
        """Of each that is made, the one that its middle lies in."""
        return self.start + ((np.arange(self.made) + 0.5) * (self.kept / self.made)).astype(np.intp)


class ScaleCropFlip:
    """Resize by a random factor, crop or pad to `size` at a random place, flip from left to right at random.

    As torchvision's `RandomResize`, `RandomCrop` and `RandomHorizontalFlip` in turn, but a crop is cut out first, to
    whole pixels, and resized then: of an image that is enlarged and cropped, most would be made for nothing.

    Args:
        size: Height and width of what comes out.
        random_scale: Least and largest factor between the shorter side of an image and that of `size`; uniform.
        flip: Probability of a flip.
        mean: Of each channel, of values in [0, 1]: it fills the pixels of an image that are laid bare. Those of a mask
            are ignored.

    Raises:
        ValueError: If an argument is out of range.
    """

    def __init__(
        self, size: tuple[int, int], random_scale: tuple[float, float], flip: float, mean: Sequence[float]
    ) -> None:
        if not 1 <= min(size) <= max(size) <= LARGEST:
            raise ValueError(f"size must be a positive height and width, at most {LARGEST}, got {size}")
        if not 0 < random_scale[0] <= random_scale[1] <= 16:
            raise ValueError(f"random_scale must be positive and ascending, at most 16, got {random_scale}")
        if not 0 <= flip <= 1:
            raise ValueError(f"flip must be a probability, got {flip}")
        self.size, self.random_scale, self.flip = size, random_scale, flip
        self.fill = [round(255 * value) for value in mean]

    def __call__(self, sample: dict[str, Any]) -> dict[str, Any]:
        """The image, mask, boxes and points of a sample, cut and resized alike."""
        drawn = self.draw(*sample["image"].shape[-2:])
        return {
            name: self._moved(value, *drawn) if isinstance(value, tv_tensors.TVTensor) else value
            for name, value in sample.items()
        }

    def draw(self, height: int, width: int) -> tuple[Span, Span, bool]:
        """For an image of this size what becomes of its rows and columns, and whether it is flipped."""
        scale, down, right, flip = torch.rand(4, dtype=torch.float64).tolist()
        least, most = self.random_scale
        factor = (least + scale * (most - least)) * min(self.size) / min(height, width)
        return _span(height, self.size[0], factor, down), _span(width, self.size[1], factor, right), flip < self.flip

    def _moved(self, there: Any, rows: Span, columns: Span, flip: bool) -> Any:
        if isinstance(there, tv_tensors.Mask):
            return tv_tensors.wrap(self._labels(there, rows, columns, flip), like=there)
        if isinstance(there, tv_tensors.Image):
            return tv_tensors.wrap(self._pixels(there.as_subclass(Tensor), rows, columns, flip), like=there)
        moved = F.crop(there, rows.start, columns.start, rows.kept, columns.kept)
        moved = F.resize(moved, [rows.made, columns.made])
        bare = [columns.before, rows.before, columns.after, rows.after]
        moved = F.pad(moved, bare) if any(bare) else moved
        return F.horizontal_flip(moved) if flip else moved

    def _pixels(self, image: Tensor, rows: Span, columns: Span, flip: bool) -> Tensor:
        """As of boxes, without torchvision's search for what to do with an image: it takes as long as its pixels."""
        cut = image[..., rows.start : rows.start + rows.kept, columns.start : columns.start + columns.kept]
        made = F.resize_image(cut, [rows.made, columns.made])
        if made.shape[-2:] != self.size:
            whole = image.new_tensor(self.fill).view(-1, 1, 1).repeat(1, *self.size)
            whole[:, rows.before : rows.before + rows.made, columns.before : columns.before + columns.made] = made
            made = whole
        return made.flip(-1) if flip else made

    def _labels(self, mask: Tensor, rows: Span, columns: Span, flip: bool) -> Tensor:
        """The nearest pixel of each; by numpy, since torch takes four times as long."""
        across = columns.nearest()[:: -1 if flip else 1]
        kept = mask.as_subclass(Tensor).numpy()[..., rows.nearest(), :].take(across, -1)
        left = columns.after if flip else columns.before
        made = np.full((*mask.shape[:-2], *self.size), IGNORE, kept.dtype)
        made[..., rows.before : rows.before + rows.made, left : left + columns.made] = kept
        return torch.from_numpy(made)


def _span(there: int, size: int, factor: float, place: float) -> Span:
    """What becomes of `there` rows or columns; `place` in [0, 1) says where the crop lies, or the image within it."""
    kept = max(1, min(there, round(size / factor)))
    made = size if kept < there else max(1, min(size, round(there * factor)))
    before = int(place * (size - made + 1))
    return Span(int(place * (there - kept + 1)), kept, made, before, size - made - before)
