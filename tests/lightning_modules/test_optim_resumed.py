"""A run that is resumed to another length has the schedule of that length, and says so before it trains."""

from functools import partial
from pathlib import Path

import pytest
from lightning.pytorch.callbacks import ModelCheckpoint
from torch import nn
from torch.optim import SGD
from torch.optim.lr_scheduler import CosineAnnealingLR

from lightning_modules.optim import (
    WSD,
    Constant,
    Cosine,
    CosineRestarts,
    Decay,
    Exponential,
    MultiStep,
    OneCycle,
    Plateau,
    Poly,
    Step,
    Warmup,
)
from tests.lightning_modules.fits import Fit, fit
from tests.walk import subclasses

DECAYS = [WSD(), Constant(), Cosine(), CosineRestarts(), Exponential(), MultiStep(), Poly(), Step()]
SCHEDULES = {
    **{type(decay).__name__: partial(Warmup, length=0.2, decay=decay) for decay in DECAYS},
    "OneCycle": OneCycle,
    "Plateau": partial(Plateau, length=0.4),
    "torch's cosine": CosineAnnealingLR,
}


def kept(folder: Path, **words) -> Fit:
    """A fit that keeps its last epoch in a folder."""
    return fit(
        ModelCheckpoint(folder, filename="last", enable_version_counter=False), enable_checkpointing=True, **words
    )


def settings(schedule, steps: int) -> list[tuple[float, float]]:
    """Rate and momentum at each step of a run, and after the last."""
    optimizer = SGD(nn.Linear(1, 1).parameters(), lr=0.05, momentum=0.9)
    schedule, found = schedule(optimizer, steps), []
    for _ in range(steps):
        found.append((optimizer.param_groups[0]["lr"], optimizer.param_groups[0]["momentum"]))
        optimizer.step()
        schedule.step()
    return [*found, (optimizer.param_groups[0]["lr"], optimizer.param_groups[0]["momentum"])]


@pytest.mark.parametrize("schedule", SCHEDULES.values(), ids=SCHEDULES)
def test_a_longer_run_goes_on_as_if_it_had_been_that_long_all_along(tmp_path, schedule):
    kept(tmp_path, schedule=schedule, max_epochs=1)
    with pytest.warns(UserWarning, match="begun with 4 steps and now has 8: from step 4 on its schedule"):
        longer = kept(tmp_path, schedule=schedule, max_epochs=2, ckpt_path=tmp_path / "last.ckpt")
    expected = settings(schedule, 8)
    assert longer.tape.rates == pytest.approx([rate for rate, _ in expected[4:-1]], rel=1e-12)
    group = longer.trainer.optimizers[0].param_groups[0]
    assert group["momentum"] == pytest.approx(expected[-1][1])


def test_every_decay_is_tried():
    assert {type(decay) for decay in DECAYS} == set(subclasses(Decay))


def test_a_plateau_keeps_its_reductions(tmp_path):
    schedule = partial(Plateau, patience=0, threshold=0.9, gamma=0.5)
    kept(tmp_path, schedule=schedule, max_epochs=3)
    with pytest.warns(UserWarning, match="now has 16"):
        longer = kept(tmp_path, schedule=schedule, max_epochs=4, ckpt_path=tmp_path / "last.ckpt")
    assert longer.tape.rates == [0.05 / 4] * 4


def test_a_run_shorter_than_its_checkpoint_is_refused(tmp_path):
    kept(tmp_path, max_epochs=2)
    with pytest.raises(ValueError, match="the checkpoint is of step 8, the run is of 3 steps"):
        kept(tmp_path, max_steps=3, max_epochs=-1, ckpt_path=tmp_path / "last.ckpt")
