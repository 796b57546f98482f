"""The callbacks of every trial."""

from typing import Any

from lightning.pytorch import Callback

from experiments.trial.checkpoint import LastCheckpoint
from experiments.trial.divergence import StopOnDivergence
from experiments.trial.predictions import SavePredictions
from experiments.trial.record import TrialRecord


def trial_callbacks(made_from: dict[str, Any]) -> list[Callback]:
    """It keeps its record, stops when it diverges, can be resumed, and writes predictions."""
    return [TrialRecord(made_from), StopOnDivergence(), LastCheckpoint(), SavePredictions()]
