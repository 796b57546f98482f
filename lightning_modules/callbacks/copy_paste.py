"""Objects of another image, pasted."""

from typing import Any

import torch
from torch import Tensor

from lightning_modules.boxes import pad
from lightning_modules.callbacks.mixing import Mixing


class CopyPaste(Mixing):
    """Random objects of another image, pasted where they lie (Ghiasi et al. 2021, "Simple Copy-Paste", sec. 3).

    Each is chosen with probability ½. An object is known by its box, so its rectangle is pasted, ground and all, in
    the image and in the mask. (With silhouettes, as in the paper and in Dwibedi et al. 2017, "Cut, Paste and Learn", no
    ground would come along.) As in the paper, boxes shrink to what is still in sight; they leave when that is too
    little. Boxes of the other image that were not chosen, but show in what is pasted, follow the same rule.

    The other image is the one before in the batch; a batch of one is left as it is.

    Args:
        p: Share of the batches that are changed.
        min_visible: Share of a box's area that must be in sight for the box to stay.

    Raises:
        ValueError: If p lies outside [0, 1] or `min_visible` outside (0, 1], or a batch has no boxes, or masks that
            `MixUp` has mixed: its partners are whole images.
    """

    def __init__(self, p: float = 0.5, min_visible: float = 0.25) -> None:
        super().__init__(p)
        if not 0 < min_visible <= 1:
            raise ValueError(f"CopyPaste: min_visible must lie in (0, 1], got {min_visible}")
        self.min_visible = min_visible

    def check(self, batch: Any) -> None:
        if "boxes" not in batch or "share" in batch:
            raise ValueError(f"CopyPaste: needs boxes, and a place before MixUp, got a batch of {', '.join(batch)}")

    def mix(self, batch: Any) -> None:
        boxes, labels = pad(batch["boxes"], batch["labels"])
        if len(boxes) > 1:
            self.paste(batch, boxes, labels, (torch.rand(labels.shape) < 0.5).to(boxes.device))

    def paste(self, batch: Any, boxes: Tensor, labels: Tensor, chosen: Tensor) -> None:
        """Paste the chosen objects into the next image; boxes (N, M, 4), labels and chosen (N, M)."""
        height, width = batch["image"].shape[-2:]
        rows, columns = _touched(boxes[..., 1::2], height), _touched(boxes[..., 0::2], width)
        copied = (rows * chosen.unsqueeze(-1)).mT @ columns > 0
        pasted = copied.roll(1, 0)
        batch["image"] = batch["image"].roll(1, 0).where(pasted.unsqueeze(1), batch["image"])
        if "mask" in batch:
            batch["mask"] = batch["mask"].roll(1, 0).where(pasted, batch["mask"])
        own, stay = self.in_sight(boxes, rows, columns, ~pasted)
        new, come = self.in_sight(boxes, rows, columns, copied)
        kept = torch.cat([stay, come.roll(1, 0)], 1)
        boxes, labels = torch.cat([own, new.roll(1, 0)], 1), torch.cat([labels, labels.roll(1, 0)], 1)
        batch["boxes"] = [each[keep] for each, keep in zip(boxes, kept, strict=True)]
        batch["labels"] = [each[keep] for each, keep in zip(labels, kept, strict=True)]

    def in_sight(self, boxes: Tensor, rows: Tensor, columns: Tensor, region: Tensor) -> tuple[Tensor, Tensor]:
        """Each box shrunk to what is seen of it in a region, and whether that is enough.

        Args:
            boxes: (N, M, 4).
            rows: Which rows a box touches, (N, M, H).
            columns: Which columns a box touches, (N, M, W).
            region: (N, H, W).

        Shape:
            → (N, M, 4), (N, M); False for boxes of no size.
        """
        # How many pixels of a box are seen in each row and in each column.
        in_rows, in_columns = columns @ region.float().mT * rows, rows @ region.float() * columns
        enough = in_rows.sum(-1) / (rows.sum(-1) * columns.sum(-1)) >= self.min_visible
        (y1, y2), (x1, x2) = _extent(in_rows), _extent(in_columns)
        low, high = boxes[..., :2].maximum(torch.stack([x1, y1], -1)), boxes[..., 2:].minimum(torch.stack([x2, y2], -1))
        return torch.cat([low, high], -1), enough


def _touched(edges: Tensor, size: int) -> Tensor:
    """Which pixels of a line lie, at least in part, between two edges, as 0 and 1; (…, 2) → (…, size)."""
    low, high = edges.unsqueeze(-1).unbind(-2)
    pixel = torch.arange(size, device=edges.device)
    return ((pixel + 1 > low) & (pixel < high)).float()


def _extent(counts: Tensor) -> tuple[Tensor, Tensor]:
    """Near edge of the first and far edge of the last pixel that counts something; (…, size) → (…), (…)."""
    some = (counts > 0).float()
    return some.argmax(-1), some.shape[-1] - some.flip(-1).argmax(-1)
