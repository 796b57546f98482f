"""Callbacks of Lightning's that wait for what is not there, or train with other values than the config says."""

import pytest
import yaml

from experiments.trial import train
from tests.experiments.tiny import complaint, fit
from tests.experiments.trial.test_resume import callbacks

MONITOR = {"monitor": "val/mIoU"}


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("EarlyStopping", MONITOR, "metric `val/mIoU` which is not available. Pass in or modify your `EarlyStopping`"),
        ("EarlyStopping", {**MONITOR, "check_on_train_epoch_end": True}, "following: `val/miou`, `val/accuracy`"),
        ("ModelCheckpoint", MONITOR, "no metric 'val/mIoU' was logged; nearest: val/miou"),
        ("ModelCheckpoint", {**MONITOR, "every_n_train_steps": 2}, "no metric 'val/mIoU' was logged; nearest:"),
        ("LearningRateFinder", {}, "LearningRateFinder would train with another value than the config's; set the opt"),
        ("BatchSizeFinder", {}, "BatchSizeFinder would train with another value than the config's; set data.init_args"),
        ("BackboneFinetuning", {}, "BackboneFinetuning does not fit the model: 'Segmentation' object has no attribute"),
        ("Timer", {"duration": "00:00:00:00"}, "nothing was trained: the run ended before its first step, see trainer"),
    ],
)
def test_a_plain_fit_says_it_in_one_line(tmp_path, capsys, name, arguments, message):
    assert train.main(fit(tmp_path, callbacks(name, **arguments))) == 2
    assert message in complaint(capsys)
    assert not (tmp_path / "result.json").exists()


def test_defaults_that_are_names_of_lightnings_are_saved(tmp_path):
    assert train.main(fit(tmp_path, callbacks("Timer", duration="00:01:00:00"))) == 0
    saved = yaml.safe_load((tmp_path / "config.yaml").read_text())["trainer"]["callbacks"]
    assert saved[-1]["init_args"]["interval"] == "step"
