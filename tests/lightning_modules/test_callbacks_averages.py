"""Averages of the weights: their formulas, their statistics, and that training goes on as if they were not there."""

import copy
from functools import partial
from itertools import chain

import pytest
import torch
from torch import nn
from torch.optim.swa_utils import update_bn

from lightning_modules.callbacks import EMA, SWA
from tests.lightning_modules.fits import Fit, close, fit, same


@pytest.fixture(scope="module")
def plain() -> Fit:
    return fit(max_epochs=4)


@pytest.mark.parametrize("accumulate", [1, 2])
def test_ema_is_its_formula_and_leaves_training_alone(plain, accumulate):
    done = fit(EMA(decay=0.6), max_epochs=4, accumulate_grad_batches=accumulate)
    average = [torch.zeros_like(p) for p in done.tape.weights[0]]
    for n, current in enumerate(done.tape.weights):
        decay = min(0.6, (1 + n) / (10 + n)) if n else 0
        average = [decay * a + (1 - decay) * c for a, c in zip(average, current, strict=True)]
    assert close(done.module.parameters(), average)
    if accumulate == 1:
        assert same(chain(*done.tape.weights), chain(*plain.tape.weights))


def test_swa_is_the_mean_of_the_last_epochs_ends(plain):
    done = fit(SWA(start=0.5), max_epochs=4)
    ends = done.tape.weights[3::4]
    assert close(done.module.parameters(), [torch.stack(each).mean(0) for each in zip(*ends[1:], strict=True)])
    assert same(chain(*done.tape.weights), chain(*plain.tape.weights))
    assert done.tape.metrics[:2] == plain.tape.metrics[:2]  # the first average is of one
    assert done.tape.metrics[2:] != plain.tape.metrics[2:]


def test_swa_counts_ends_of_epochs_under_max_steps_too():
    done = fit(SWA(start=0.5), max_epochs=-1, max_steps=14)  # of 4 steps an epoch: it ends within the fourth
    ends = done.tape.weights[7:12:4]
    assert close(done.module.parameters(), [torch.stack(each).mean(0) for each in zip(*ends, strict=True)])


def test_until_the_first_end_of_an_epoch_swa_validates_the_weights_themselves():
    quarterly = {"max_epochs": 2, "val_check_interval": 0.25}
    bare, done = fit(**quarterly), fit(SWA(start=0), **quarterly)
    assert done.tape.metrics[:4] == bare.tape.metrics[:4]
    assert done.tape.metrics[-1] != bare.tape.metrics[-1]


class Images(list):
    """What torch's `update_bn` wants: batches that are images."""

    def __init__(self, loader) -> None:
        super().__init__(batch["image"] for batch in loader)


@pytest.mark.parametrize("average", [EMA, partial(SWA, 0.3)], ids=["EMA", "SWA"])
def test_batch_norm_statistics_are_those_of_the_average(average):
    done = fit(average())
    ours = copy.deepcopy(done.module)
    update_bn(Images(done.data.train_dataloader()), done.module)
    assert close(ours.buffers(), done.module.buffers())
    assert all(norm.momentum == 0.1 for norm in ours.modules() if isinstance(norm, nn.BatchNorm2d))
    assert {m.training for m in ours.network.modules()} == {True}


@pytest.mark.parametrize("average", [EMA, partial(SWA, 0.3)], ids=["EMA", "SWA"])
def test_the_last_validation_measured_what_training_ended_with(average):
    done = fit(average(), max_epochs=3)
    (measured,) = done.trainer.validate(done.module, done.data, verbose=False)
    assert {name: done.tape.metrics[-1][name] for name in measured} == measured


@pytest.mark.parametrize("average", [EMA, partial(SWA, 0.3)], ids=["EMA", "SWA"])
def test_a_checkpoint_without_validation_has_the_right_statistics_too(average, tmp_path):
    trainer = {"enable_checkpointing": True, "default_root_dir": tmp_path, "max_epochs": 3}
    validated, blind = fit(average(), **trainer), fit(average(), limit_val_batches=0, **trainer)
    one, two = (
        torch.load(f.trainer.checkpoint_callback.best_model_path, weights_only=True) for f in (validated, blind)
    )
    assert one["state_dict"].keys() == two["state_dict"].keys()
    assert same(one["state_dict"].values(), two["state_dict"].values())
    assert same(validated.module.state_dict().values(), one["state_dict"].values())
