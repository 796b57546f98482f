"""The callbacks of every trial."""

from typing import Any

from lightning.pytorch import Callback

from experiments.trial.checkpoint import LastCheckpoint
from experiments.trial.divergence import StopOnDivergence
from experiments.trial.final import FinalValidation
from experiments.trial.images import CountImages
from experiments.trial.pictures import KeepPictures
from experiments.trial.predictions import SavePredictions
from experiments.trial.record import TrialRecord
from experiments.trial.resume import Resume


def trial_callbacks(made_from: dict[str, Any]) -> list[Callback]:
    """It validates what it ends with, image by image, can be resumed, keeps its record, stops when it diverges."""
    last = [FinalValidation(), CountImages(), KeepPictures()]
    return [*last, Resume(), TrialRecord(made_from), StopOnDivergence(), LastCheckpoint(), SavePredictions()]
