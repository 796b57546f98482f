"""How sparse the weights are."""

import torch
from lightning.pytorch import Callback, LightningModule, Trainer

from lightning_modules.parts import weights


class Sparsity(Callback):
    """Logs the share of the weights that are exactly zero, and the share below 1e-3, at the end of each epoch.

    As `sparsity/zero` and `sparsity/small`. Biases and normalisations do not count.
    """

    @torch.no_grad()
    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        size = torch.cat([weight.abs().flatten() for weight in weights(pl_module).values()])
        pl_module.log("sparsity/zero", (size == 0).float().mean())
        pl_module.log("sparsity/small", (size < 1e-3).float().mean())
