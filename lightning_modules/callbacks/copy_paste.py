"""Objects of another image, pasted."""

from typing import Any

import torch
from lightning.pytorch import Callback, LightningModule, Trainer
from torch import Tensor
from torchvision.ops import masks_to_boxes

from lightning_modules.pairing import global_seed, stream


class CopyPaste(Callback):
    """Random objects of another image, pasted where they lie (Ghiasi et al. 2021, "Simple Copy-Paste", sec. 3).

    Each is chosen with probability ½. An object is known by its box, so its rectangle is pasted, ground and all, in
    the image and in the mask. (With silhouettes, as in the paper and in Dwibedi et al. 2017, "Cut, Paste and Learn", no
    ground would come along.) As in the paper, boxes shrink to what is still in sight; they leave when that is too
    little. Boxes of the other image that were not chosen, but show in what is pasted, follow the same rule.

    The other image is the one before in the batch; a batch of one is left as it is. What is pasted is a function of
    (seed, epoch, batch, rank): arms stay paired and runs resume.

    Args:
        p: Share of the batches that are changed.
        min_visible: Share of a box's area that must be in sight for the box to stay.

    Raises:
        ValueError: If p lies outside [0, 1] or `min_visible` outside (0, 1], or a batch has no boxes, or masks that
            `MixUp` has mixed: its partners are whole images.
    """

    def __init__(self, p: float = 0.5, min_visible: float = 0.25) -> None:
        if not 0 <= p <= 1:
            raise ValueError(f"CopyPaste: p must lie in [0, 1], got {p}")
        if not 0 < min_visible <= 1:
            raise ValueError(f"CopyPaste: min_visible must lie in (0, 1], got {min_visible}")
        self.p, self.min_visible = p, min_visible

    def on_train_batch_start(self, trainer: Trainer, pl_module: LightningModule, batch: Any, batch_idx: int) -> None:
        if "boxes" not in batch or "share" in batch:
            raise ValueError(f"CopyPaste: needs boxes, and a place before MixUp, got a batch of {', '.join(batch)}")
        boxes, labels, (height, width) = batch["boxes"], batch["labels"], batch["image"].shape[-2:]
        with stream(global_seed(), "CopyPaste", trainer.current_epoch, batch_idx, trainer.global_rank):
            if torch.rand(()) >= self.p or len(boxes) == 1:
                return
            chosen = [torch.rand(len(boxes[i - 1])) < 0.5 for i in range(len(boxes))]
        pasted = torch.stack([_pixels(boxes[i - 1], height, width)[c].any(0) for i, c in enumerate(chosen)])
        batch["image"] = batch["image"].roll(1, 0).where(pasted.unsqueeze(1), batch["image"])
        if "mask" in batch:
            batch["mask"] = batch["mask"].roll(1, 0).where(pasted, batch["mask"])
        seen = [
            (*self.in_sight(boxes[i], labels[i], ~region), *self.in_sight(boxes[i - 1], labels[i - 1], region))
            for i, region in enumerate(pasted)
        ]
        batch["boxes"] = [torch.cat([own, other]) for own, _, other, _ in seen]
        batch["labels"] = [torch.cat([own, other]) for _, own, _, other in seen]

    def in_sight(self, boxes: Tensor, labels: Tensor, region: Tensor) -> tuple[Tensor, Tensor]:
        """Those boxes of which enough lies in a region (H, W), each shrunk to what does, and their labels."""
        pixels = _pixels(boxes, *region.shape)
        seen = pixels & region
        kept = seen.sum((1, 2)) / pixels.sum((1, 2)) >= self.min_visible
        tight, boxes = masks_to_boxes(seen[kept]), boxes[kept]  # the last pixel, not its far edge
        return torch.cat([boxes[:, :2].maximum(tight[:, :2]), boxes[:, 2:].minimum(tight[:, 2:] + 1)], 1), labels[kept]


def _pixels(boxes: Tensor, height: int, width: int) -> Tensor:
    """The pixels that each box touches; (n, 4) → (n, H, W)."""
    x, y = (torch.arange(size, device=boxes.device) for size in (width, height))
    x1, y1, x2, y2 = boxes.unsqueeze(-1).unbind(1)
    columns, rows = (x + 1 > x1) & (x < x2), (y + 1 > y1) & (y < y2)
    return rows.unsqueeze(2) & columns.unsqueeze(1)
