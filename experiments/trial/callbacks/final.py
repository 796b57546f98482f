"""The score of a trial is that of its final weights."""

from typing import Any

from lightning.pytorch import Callback, LightningModule, Trainer


class FinalValidation(Callback):
    """Validates at the end of training, whatever ends it and whenever validation is due otherwise."""

    def __init__(self) -> None:
        self.step: int | None = None  # of the last validation

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        loop = trainer.fit_loop
        if _is_last_step(trainer):
            trainer.should_stop = True
            loop.min_epochs = loop.epoch_loop.min_steps = None  # else Lightning would not validate before it stops
        if trainer.should_stop and loop._can_stop_early:
            trainer.check_val_every_n_epoch = 1

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.step = trainer.global_step

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """An end that could not be foreseen as the last batch ended, such as an early stop on a training metric."""
        if trainer.enable_validation and self.step != trainer.global_step:
            validate_again(trainer)


def is_last(trainer: Trainer) -> bool:
    """Whether the validation that starts is, as far as is known, the one that a training ends with."""
    return trainer.state.fn == "fit" and trainer.should_stop


def validate_again(trainer: Trainer) -> None:
    """Validate as a training ends; the trainer knows by `should_stop` that it does."""
    loop, trainer.should_stop = trainer.fit_loop.epoch_loop.val_loop, True
    loop.restarting, trainer.validating = False, True
    loop.run()
    trainer.training = True


def _is_last_step(trainer: Trainer) -> bool:
    if trainer.max_steps != -1 and trainer.global_step >= trainer.max_steps:
        return True
    epochs = trainer.max_epochs
    return epochs not in (None, -1) and trainer.is_last_batch and trainer.current_epoch + 1 >= epochs
