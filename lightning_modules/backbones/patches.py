"""What networks that cut the image into patches need of the image."""

import torch.nn.functional as F
from torch import Tensor, nn


class PadTo(nn.Module):
    """Zeros below and to the right, until height and width are multiples of the patch (Liu et al. 2021, their code).

    So no pixel is cut off, and the sizes of the levels are rounded up as in every other backbone.

    Args:
        patch: Height and width of a patch.

    Shape:
        (N, C, H, W) → (N, C, patch · ⌈H / patch⌉, patch · ⌈W / patch⌉).
    """

    def __init__(self, patch: int) -> None:
        super().__init__()
        self.patch = patch

    def forward(self, x: Tensor) -> Tensor:
        height, width = x.shape[-2:]
        return F.pad(x, (0, -width % self.patch, 0, -height % self.patch))

    def extra_repr(self) -> str:
        return f"patch={self.patch}"
