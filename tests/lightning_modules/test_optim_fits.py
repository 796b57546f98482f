"""Schedules inside a trainer: they count optimizer steps and validations."""

from functools import partial

import pytest

from lightning_modules.optim import OneCycle, Plateau, Warmup
from tests.lightning_modules.fits import fit


@pytest.mark.parametrize(("accumulate", "steps"), [(1, 8), (2, 4), (3, 4)])
def test_a_schedule_counts_optimizer_steps(accumulate, steps):
    """Four batches an epoch: accumulated by threes they make two steps, the second of one batch."""
    done = fit(schedule=partial(Warmup, length=2), accumulate_grad_batches=accumulate)
    (config,) = done.trainer.lr_scheduler_configs
    assert (done.trainer.global_step, config.scheduler.last_epoch, len(done.tape.weights)) == (steps, steps, steps)


@pytest.mark.parametrize(
    ("trainer", "validations"),
    [
        ({}, 4),
        ({"val_check_interval": 0.5}, 8),
        ({"check_val_every_n_epoch": 2}, 2),
        ({"accumulate_grad_batches": 3}, 4),
    ],
    ids=str,
)
def test_plateau_is_told_of_every_validation_once(trainer, validations):
    plateau = partial(Plateau, threshold=0.9, patience=0, gamma=0.5)  # no loss falls below a tenth of the first
    done = fit(schedule=plateau, max_epochs=4, num_sanity_val_steps=2, **trainer)
    (config,) = done.trainer.lr_scheduler_configs
    assert (
        config.scheduler.plateau.last_epoch == validations == len(done.tape.metrics) - 1
    )  # the tape has the sanity check
    assert done.trainer.optimizers[0].param_groups[0]["lr"] == pytest.approx(0.05 * 0.5 ** (validations - 1))


def test_plateau_needs_a_validation():
    with pytest.raises(ValueError, match="Plateau: waits for validations, and the run has none"):
        fit(schedule=Plateau, limit_val_batches=0)


@pytest.mark.parametrize(
    ("trainer", "message"),
    [
        ({"max_steps": 0}, "a schedule needs a step: raise trainer.max_steps or trainer.limit_train_batches"),
        ({"limit_train_batches": 0}, "a schedule needs a step: raise trainer.max_steps or trainer.limit_train_batches"),
        ({"accumulate_grad_batches": 0}, "trainer.accumulate_grad_batches must be at least 1, got 0"),
        ({"gradient_clip_val": -1}, "trainer.gradient_clip_val must not be negative, got -1"),
    ],
    ids=str,
)
def test_what_lightning_takes_without_a_word_is_refused(trainer, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        fit(**trainer)


def test_one_cycle_fits_the_run():
    done = fit(schedule=OneCycle, accumulate_grad_batches=3)
    assert len(done.tape.rates) == 4
    assert done.tape.rates[0] == pytest.approx(0.04 * 0.05)
    assert done.tape.rates[-1] == pytest.approx(4e-6 * 0.05)
