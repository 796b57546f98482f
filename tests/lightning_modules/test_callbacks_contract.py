"""The contract of callbacks, on every one that lies in the folder."""

import inspect
from functools import partial

import pytest
import torch
from lightning.pytorch import Callback

from experiments.trial.contracts.callbacks import CONTRACT, a_resumed_run_ends_in_the_same_bits
from lightning_modules import callbacks
from lightning_modules.callbacks.optimizer_average import OptimizerAverage

CLASSES = [cls for cls in vars(callbacks).values() if inspect.isclass(cls)]
ARGUMENTS = {
    "CutMix": {"p": 0.5},
    "GradientMonitor": {"every": 2},
    "L1Penalty": {"strength": 0.01},
    "L1Proximal": {"strength": 0.01},
    "L2Penalty": {"strength": 0.01},
    "Lookahead": {"k": 3},
    "SWA": {"start": 0.25},
}
"""So that it acts within eight steps, on both sides of the resume."""
MAKERS = {cls.__name__: partial(cls, **ARGUMENTS.get(cls.__name__, {})) for cls in CLASSES}


def test_all_of_them_are_found():
    def below(cls):
        return {each for sub in cls.__subclasses__() for each in (sub, *below(sub))}

    here = {cls for cls in below(Callback) if cls.__module__.startswith("lightning_modules.")}
    bases = {base for cls in here for base in cls.__bases__}
    assert here - bases == {*CLASSES, OptimizerAverage}  # which comes with its optimizer


@pytest.mark.parametrize("holds", CONTRACT, ids=lambda holds: holds.__name__)
@pytest.mark.parametrize("name", MAKERS)
def test_it_holds(name, holds):
    holds(MAKERS[name])


class Forgetful(Callback):
    """Counts steps, and keeps the count to itself."""

    def __init__(self) -> None:
        self.steps = 0

    def on_before_optimizer_step(self, trainer, pl_module, optimizer) -> None:
        self.steps += 1
        with torch.no_grad():
            next(pl_module.parameters()).mul_(1 + self.steps / 100)


def test_a_callback_that_forgets_its_state_is_found():
    with pytest.raises(AssertionError, match="differs after a resume from epoch 2"):
        a_resumed_run_ends_in_the_same_bits(Forgetful)
