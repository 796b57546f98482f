"""CutMix for masks."""

import math
from typing import Any

import torch
from lightning.pytorch import LightningModule, Trainer

from lightning_modules.callbacks.mixing import Mixing
from lightning_modules.layers import check_scale


class CutMix(Mixing):
    """A rectangle of another image of the batch in every image, labels and all (Yun et al. 2019, eq. 1 and 2).

    On masks it is exact: a pixel brings its own label, and no label is mixed (French et al. 2020, "Semi-supervised
    semantic segmentation needs strong, varied perturbations"). Boxes no longer fit and leave the batch.

    Args:
        p: Share of the batches that are mixed.
        alpha: The share of the image that is kept is drawn from Beta(α, α).

    Raises:
        ValueError: If p lies outside [0, 1], α is not positive, a batch has no masks, or the model is trained on boxes.
    """

    def __init__(self, p: float = 0.5, alpha: float = 1.0) -> None:
        super().__init__(p)
        check_scale(self, alpha=alpha)
        self.alpha = alpha

    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        if getattr(pl_module, "data_classes", None) == "box_classes":
            raise ValueError(
                f"CutMix: cuts through the boxes that {type(pl_module).__name__} trains on; "
                "use CopyPaste, Mosaic or MixUp, which move them along"
            )

    def check(self, batch: Any) -> None:
        if "mask" not in batch:
            raise ValueError(f"CutMix: needs masks, got a batch of {', '.join(batch)}")

    def mix(self, batch: Any) -> None:
        place = self.rectangle(*batch["mask"].shape[-2:])
        for name in ("image", "mask"):
            mixed = batch[name].clone()
            mixed[place] = batch[name].roll(1, 0)[place]
            batch[name] = mixed
        for name in ("boxes", "labels"):
            batch.pop(name, None)

    def rectangle(self, height: int, width: int) -> tuple[Any, slice, slice]:
        """An index of a rectangle of the image's shape, cut at the edges."""
        kept = torch.distributions.Beta(self.alpha, self.alpha).sample()
        side = math.sqrt(1 - kept)
        middle = torch.rand(2).tolist()
        rows, columns = (
            slice(max(0, round((m - side / 2) * size)), min(size, round((m + side / 2) * size)))
            for m, size in zip(middle, (height, width), strict=True)
        )
        return ..., rows, columns
