"""MixUp of images, with whatever labels they have."""

from typing import Any

import torch
from lightning.pytorch import LightningModule, Trainer

from lightning_modules.callbacks.mixing import Mixing
from lightning_modules.layers import check_scale


class MixUp(Mixing):
    """λ x_i + (1 − λ) x_j in the place of every image x_i, λ ~ Beta(α, α) (Zhang et al. 2018, "mixup", eq. 1).

    The partner x_j is the image before in the batch. Labels of whole images and of pixels stay, and the batch tells
    the loss λ as its `share`: see `PixelLoss.mixed`, which is exact for any loss. Boxes of both images stay, each with
    full weight (Zhang et al. 2019, "Bag of Freebies for Training Object Detection", sec. 3.1, who then take α = 1.5
    and also try a weight λ for each object).

    Args:
        p: Share of the batches that are mixed.
        alpha: λ is drawn from Beta(α, α), once a batch.

    Raises:
        ValueError: If p lies outside [0, 1], α is not positive, or a batch has no labels.
    """

    def __init__(self, p: float = 1.0, alpha: float = 0.2) -> None:
        super().__init__(p)
        check_scale(self, alpha=alpha)
        self.alpha = alpha

    def check(self, batch: Any) -> None:
        if not {"label", "mask", "boxes"} & batch.keys():
            raise ValueError(f"MixUp: needs labels, masks or boxes, got a batch of {', '.join(batch)}")

    def on_train_batch_start(self, trainer: Trainer, pl_module: LightningModule, batch: Any, batch_idx: int) -> None:
        super().on_train_batch_start(trainer, pl_module, batch, batch_idx)
        if self.p and {"label", "mask"} & batch.keys():
            batch.setdefault("share", 1.0)  # other ranks may have mixed theirs

    def mix(self, batch: Any) -> None:
        share = torch.distributions.Beta(self.alpha, self.alpha).sample().item()
        batch["image"] = share * batch["image"] + (1 - share) * batch["image"].roll(1, 0)
        if {"label", "mask"} & batch.keys():
            batch["share"] = share
        for name in {"boxes", "labels"} & batch.keys():
            batch[name] = [torch.cat([own, batch[name][i - 1]]) for i, own in enumerate(batch[name])]
