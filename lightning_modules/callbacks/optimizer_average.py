"""The weights that an optimizer keeps for use, beside those that it trains."""

from typing import Any

import torch
from lightning.pytorch import LightningModule, Trainer

from lightning_modules.callbacks.weight_average import WeightAverage


class OptimizerAverage(WeightAverage):
    """Validates and ends with the weights that `optimizer.eval()` puts into the network; training has `train()`'s.

    For optimizers with modes of their own, such as schedule-free ones, whose weights for use are an average that they
    keep themselves (Defazio et al. 2024, "The Road Less Scheduled", eq. 2-4). The way there and back rounds, so the
    weights that were trained are put back to the bit. The modules in `tasks` add it by themselves.
    """

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        trainer.optimizers[0].train()  # type: ignore[attr-defined]

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Nothing: the optimizer averages."""

    def on_validation_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._take(trainer, pl_module)
        super().on_validation_epoch_start(trainer, pl_module)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._take(trainer, pl_module)
        super().on_train_epoch_end(trainer, pl_module)

    def on_save_checkpoint(self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]) -> None:
        self._take(trainer, pl_module)
        super().on_save_checkpoint(trainer, pl_module, checkpoint)

    @torch.no_grad()
    def _take(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Copy the weights for use, unless they are those of this step already."""
        if trainer.state.fn != "fit" or self.step == trainer.global_step:
            return
        optimizer: Any = trainer.optimizers[0]
        parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
        trained = [parameter.clone() for parameter in parameters]
        optimizer.eval()
        self.model.module.load_state_dict(pl_module.get_submodule("network").state_dict())
        optimizer.train()
        torch._foreach_copy_(parameters, trained)
        self.model.n_averaged.fill_(2)
        self.step, self.stale = trainer.global_step, True
