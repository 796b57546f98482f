"""Base class of EMA and SWA: validate and end with averaged weights."""

from itertools import chain, islice
from typing import Any

import torch
from lightning.pytorch import Callback, LightningModule, Trainer
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

from lightning_modules.callbacks.batch_norm import refresh_batch_norm


class WeightAverage(Callback):
    """Averages a network's weights over the optimizer's steps; validation, the end and checkpoints have the average.

    torch's `AveragedModel` averages. BatchNorm's statistics are those of no network that was trained, so they are
    measured anew on training images before each validation (Izmailov et al. 2018, "Averaging Weights", sec. 3.3) and
    averaged over batches and ranks ("precise BatchNorm", Wu & Johnson 2021, "Rethinking 'Batch' in BatchNorm", sec. 3).

    Lightning's own `WeightAveraging` leaves the statistics alone, takes an epoch's end into the average only after that
    epoch's validation, and averages the loss's buffers, too.

    Args:
        batches: Training batches that the statistics are measured on.

    Raises:
        ValueError: If there are none.
    """

    def __init__(self, batches: int = 64) -> None:
        if batches < 1:
            raise ValueError(f"{type(self).__name__}: batches must be at least 1, got {batches}")
        self.batches = batches
        self.step = 0  # of the last update
        self.stale = False  # whether the statistics are older than the average

    def average(self, averaged: list[Tensor], current: list[Tensor], updates: int) -> None:
        """Take the current weights into the average, in place.

        Args:
            averaged: The average of the weights so far.
            current: The weights now.
            updates: Already made.
        """
        raise NotImplementedError

    def is_due(self, trainer: Trainer) -> bool:
        """Whether the weights go into the average after this optimizer step."""
        return True

    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        if stage == "fit":
            callbacks = trainer.callbacks  # type: ignore[attr-defined]
            if sum(isinstance(callback, WeightAverage) for callback in callbacks) > 1:
                raise ValueError(f"{type(self).__name__}: only one average can be validated; leave one out")
            network = _network(pl_module)
            self.model = AveragedModel(network, multi_avg_fn=lambda a, c, n: self.average(list(a), list(c), int(n)))

    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.model.to(pl_module.device)

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        if trainer.global_step > self.step and self.is_due(trainer):
            self.model.update_parameters(_network(pl_module))
            self.step, self.stale = trainer.global_step, bool(self.model.n_averaged > 1)

    def on_validation_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if trainer.state.fn == "fit":
            self._swap(pl_module)
            self._refresh(trainer, pl_module)

    def on_validation_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if trainer.state.fn == "fit":
            self._swap(pl_module)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if self.stale:  # there was no validation: the checkpoint needs them all the same
            self._swap(pl_module)
            self._refresh(trainer, pl_module)
            self._swap(pl_module)

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.on_train_epoch_end(trainer, pl_module)  # a run that was resumed at its last step has had none
        _network(pl_module).load_state_dict(self.model.module.state_dict())

    def on_save_checkpoint(self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]) -> None:
        current = {name: value for name, value in checkpoint["state_dict"].items() if name.startswith("network.")}
        average = {f"network.{name}": value for name, value in self.model.module.state_dict().items()}
        updates = int(self.model.n_averaged)
        checkpoint["state_dict"] = {**checkpoint["state_dict"], **average}
        checkpoint["averaged"] = {"current": current, "updates": updates, "step": self.step, "stale": self.stale}

    def on_load_checkpoint(self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]) -> None:
        if trainer.state.fn != "fit":
            return
        if "averaged" not in checkpoint:
            raise ValueError(f"{type(self).__name__}: the checkpoint was written without an average; start over")
        state = checkpoint["averaged"]
        self.model.module.load_state_dict(_network(pl_module).state_dict())
        self.model.n_averaged.fill_(state["updates"])
        self.step, self.stale = state["step"], state["stale"]
        pl_module.load_state_dict(state["current"], strict=False)

    def _refresh(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Measure the statistics of the average, which is in the module now."""
        if self.stale:
            # A fresh loader: the run's own must keep its place.
            loader = trainer.datamodule.train_dataloader()  # type: ignore[attr-defined]
            refresh_batch_norm(trainer, pl_module, islice(loader, self.batches))
        self.stale = False

    @torch.no_grad()
    def _swap(self, pl_module: LightningModule) -> None:
        for average, current in zip(_tensors(self.model.module), _tensors(_network(pl_module)), strict=True):
            kept = average.clone()
            average.copy_(current)
            current.copy_(kept)


def _network(pl_module: LightningModule) -> nn.Module:
    return pl_module.get_submodule("network")


def _tensors(network: nn.Module) -> chain[Tensor]:
    return chain(network.parameters(), network.buffers())
