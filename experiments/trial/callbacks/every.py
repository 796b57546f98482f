"""The callbacks of every trial, and those that none may have."""

from typing import Any

from lightning.pytorch import Callback, Trainer
from lightning.pytorch.callbacks import BatchSizeFinder, LearningRateFinder

from experiments.errors import UserError
from experiments.trial.callbacks.checkpoint import LastCheckpoint
from experiments.trial.callbacks.divergence import StopOnDivergence
from experiments.trial.callbacks.final import FinalValidation
from experiments.trial.callbacks.images import CountImages
from experiments.trial.callbacks.monitored import Monitored
from experiments.trial.callbacks.pictures import KeepPictures
from experiments.trial.callbacks.predictions import SavePredictions
from experiments.trial.callbacks.record import TrialRecord
from experiments.trial.callbacks.resume import Resume

FINDERS = {
    LearningRateFinder: "the optimizer's lr, which `tune` of an ablation finds",
    BatchSizeFinder: "data.init_args.batch_size",
}


def trial_callbacks(made_from: dict[str, Any]) -> list[Callback]:
    """It validates what it ends with, image by image, can be resumed, keeps its record, stops when it diverges."""
    last = [FinalValidation(), CountImages(), KeepPictures(), Monitored()]
    return [*last, Resume(), TrialRecord(made_from), StopOnDivergence(), LastCheckpoint(), SavePredictions()]


def refuse_finders(trainer: Trainer) -> None:
    """Refuse callbacks that train with another value than the config says: a result would not be of its config.

    Raises:
        UserError: Names the callback, and what says the value instead.
    """
    for finder, instead in FINDERS.items():
        if any(isinstance(callback, finder) for callback in trainer.callbacks):  # type: ignore[attr-defined]
            raise UserError(f"{finder.__name__} would train with another value than the config's; set {instead}")
