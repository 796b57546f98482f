"""L1 regularisation by its proximal step."""

from typing import Any

import torch
import torch.nn.functional as F
from lightning.pytorch import Callback, LightningModule, Trainer
from torch.optim import Optimizer

from lightning_modules.layers import check_scale
from lightning_modules.parts import weights


class L1Proximal(Callback):
    """Soft threshold after each optimizer step: w ← sign(w) · max(|w| − lr·λ, 0), which gives exact zeros.

    Proximal gradient descent for the loss plus λ Σ |w| (Beck & Teboulle 2009, "A Fast Iterative Shrinkage-Thresholding
    Algorithm", eq. 1.4). Biases and normalisations are not penalised.

    Args:
        strength: λ.

    Raises:
        ValueError: If the strength is not positive.
    """

    def __init__(self, strength: float = 1e-4) -> None:
        check_scale(self, strength=strength)
        self.strength = strength

    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.weights = set(weights(pl_module).values())
        # Not on_train_batch_end: the schedule has moved on by then, and an accumulated batch takes no step.
        trainer.optimizers[0].register_step_post_hook(self._threshold)

    @torch.no_grad()
    def _threshold(self, optimizer: Optimizer, *_: Any) -> None:
        for group in optimizer.param_groups:
            for weight in self.weights.intersection(group["params"]):
                weight.copy_(F.softshrink(weight, group["lr"] * self.strength))
