"""The callbacks of every trial."""

from typing import Any

from lightning.pytorch import Callback

from experiments.trial.checkpoint import LastCheckpoint
from experiments.trial.divergence import StopOnDivergence
from experiments.trial.final import FinalValidation
from experiments.trial.images import CountImages
from experiments.trial.predictions import SavePredictions
from experiments.trial.record import TrialRecord
from experiments.trial.resume import Resume


def trial_callbacks(made_from: dict[str, Any]) -> list[Callback]:
    """It validates what it ends with, image by image, keeps its record, stops when it diverges, can be resumed."""
    keeping = [FinalValidation(), CountImages(), Resume(), TrialRecord(made_from), StopOnDivergence(), LastCheckpoint()]
    return [*keeping, SavePredictions()]
