"""A metric that a checkpoint waits for is one that somebody logs."""

from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.callbacks import ModelCheckpoint

from experiments.declare.configs import nearest
from experiments.errors import UserError


class Monitored(Callback):
    """Refuses a `ModelCheckpoint` of a metric that nobody has logged after an epoch and a validation.

    Lightning refuses it too, but not where it saves by steps or time: it would wait to the end and keep nothing.
    """

    def __init__(self) -> None:
        self.validated = False

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.validated = self.validated or not trainer.sanity_checking

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        for callback in trainer.checkpoint_callbacks if self.validated else ():
            monitor = callback.monitor if isinstance(callback, ModelCheckpoint) else None
            if monitor not in (None, "epoch", "step", *trainer.callback_metrics):
                near = nearest(str(monitor), trainer.callback_metrics)
                raise UserError(f"ModelCheckpoint: no metric {monitor!r} was logged{near}")
