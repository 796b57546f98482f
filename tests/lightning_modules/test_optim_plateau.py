"""Plateau against torch's: what it is told of, what it reduces, how it resumes."""

import pytest
import torch
from torch.optim import SGD
from torch.optim.lr_scheduler import ReduceLROnPlateau

from lightning_modules.optim import Plateau
from tests.lightning_modules.rates import optimizer

LOSSES = [3.0, 2.0, 2.1, 2.2, 1.99, 2.0, 2.0, 2.0, 2.0, 2.0, 1.0, 1.5, 1.5, 1.5, 1.5, 1.5]


def test_plateau_is_torchs():
    ours = Plateau(optimizer(), len(LOSSES), gamma=0.5, patience=1, cooldown=1, end=0.01)
    theirs = ReduceLROnPlateau(optimizer(), factor=0.5, patience=1, cooldown=1, min_lr=0.005)
    for loss in LOSSES:
        ours.optimizer.step()
        ours.step()
        ours.observe({"val/loss": loss})
        theirs.step(loss)
        assert ours.optimizer.param_groups[0]["lr"] == pytest.approx(theirs.optimizer.param_groups[0]["lr"])
    assert ours.get_last_lr()[0] < 0.1


def test_plateau_warms_up_first_and_keeps_each_groups_rate():
    groups = [{"params": [torch.nn.Parameter(torch.zeros(1))], "lr": lr} for lr in (0.1, 1.0)]
    plateau = Plateau(SGD(groups), 20, length=4, start=0.2, gamma=0.5, patience=0, mode="max", monitor="val/miou")
    seen = []
    for miou in (0.5, 0.5, 0.6, 0.6, 0.6, 0.7):
        seen.append(plateau.get_last_lr())
        plateau.optimizer.step()
        plateau.step()
        plateau.observe({"val/miou": torch.tensor(miou)})
    # Three of six validations saw no rise; what was reduced during the warmup shows after it.
    assert [rate for rate, _ in seen] == pytest.approx([0.02, 0.04, 0.06, 0.08, 0.025, 0.0125])
    assert [large / small for small, large in seen] == pytest.approx([10] * 6)


def test_a_resumed_plateau_goes_on():
    def run(schedule, losses):
        for loss in losses:
            schedule.optimizer.step()
            schedule.step()
            schedule.observe({"val/loss": loss})
            yield schedule.get_last_lr()[0]

    whole = list(run(Plateau(optimizer(), 16, length=3, patience=1), LOSSES))
    first = Plateau(optimizer(), 16, length=3, patience=1)
    half = list(run(first, LOSSES[:8]))
    second = Plateau(optimizer(), 16, length=3, patience=1)
    second.optimizer.load_state_dict(first.optimizer.state_dict())
    second.load_state_dict(first.state_dict())
    assert half + list(run(second, LOSSES[8:])) == whole


def test_plateau_names_the_metrics_that_there_are():
    with pytest.raises(ValueError, match="no metric 'val/mIoU' was logged; there are val/loss, val/miou"):
        Plateau(optimizer(), 10, monitor="val/mIoU").observe({"val/miou": 0, "val/loss": 1})


@pytest.mark.parametrize("monitor", ["miou", "train/loss", "vall/loss", ""])
def test_plateau_listens_to_validations(monitor):
    with pytest.raises(
        ValueError, match=f"^Plateau: monitor must be a metric of validation, as val/loss, got '{monitor}'$"
    ):
        Plateau(optimizer(), 10, monitor=monitor)
