"""Random scale, place and side of an image, of which only the pixels that are kept are made."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torchvision import tv_tensors
from torchvision.transforms import v2
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


class ScaleCropFlip(v2.Transform):
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
        super().__init__()
        if not 1 <= min(size) <= max(size) <= LARGEST:
            raise ValueError(f"size must be a positive height and width, at most {LARGEST}, got {size}")
        if not 0 < random_scale[0] <= random_scale[1] <= 16:
            raise ValueError(f"random_scale must be positive and ascending, at most 16, got {random_scale}")
        if not 0 <= flip <= 1:
            raise ValueError(f"flip must be a probability, got {flip}")
        self.size, self.random_scale, self.flip = size, random_scale, flip
        self.fill = [round(255 * value) for value in mean]

    def make_params(self, flat_inputs: list[Any]) -> dict[str, Any]:
        """Where to cut, how large to make it, what to lay bare, and whether to flip."""
        scale, down, right, flip = torch.rand(4, dtype=torch.float64).tolist()
        least, most = self.random_scale
        image = next(each for each in flat_inputs if isinstance(each, tv_tensors.Image))
        height, width = image.shape[-2:]
        factor = (least + scale * (most - least)) * min(self.size) / min(height, width)
        rows = _span(height, self.size[0], factor, down)
        columns = _span(width, self.size[1], factor, right)
        return {"rows": rows, "columns": columns, "flip": flip < self.flip}

    def transform(self, inpt: Any, params: dict[str, Any]) -> Any:
        """An image, a mask, boxes or points of a sample."""
        rows, columns, flip = params["rows"], params["columns"], params["flip"]
        if isinstance(inpt, tv_tensors.Mask):
            return tv_tensors.wrap(self._labels(inpt, rows, columns, flip), like=inpt)
        moved = F.crop(inpt, rows.start, columns.start, rows.kept, columns.kept)
        moved = F.resize(moved, [rows.made, columns.made])
        bare = [columns.before, rows.before, columns.after, rows.after]
        moved = F.pad(moved, bare, fill=self.fill) if any(bare) else moved
        return F.horizontal_flip(moved) if flip else moved

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
