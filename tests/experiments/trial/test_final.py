"""The score of a trial is that of its final weights, wherever validation fell."""

import json
import re
from typing import Any

import pytest

from experiments.trial import train
from tests.experiments.tiny import fit
from tests.experiments.trial.test_resume import callbacks, rows, schedule
from tests.experiments.trial.test_resume_steps import steps, together

EMA = callbacks("EMA", decay=0.5)
SEEN = callbacks("lightning.pytorch.callbacks.EarlyStopping", monitor="train/loss", patience=1, min_delta=9.0)
ENDS: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {  # of 4 steps an epoch
    "max_steps within an epoch": (EMA, steps(6)),
    "max_steps within the first epoch": ({}, steps(3)),
    "validated every third epoch": (
        together(EMA, check_val_every_n_epoch=3, min_epochs=4),
        ("--trainer.max_epochs=4",),
    ),
    "validated after three of four batches": (schedule("Plateau") | together(val_check_interval=0.75), ()),
    "stopped early": (together(SEEN, EMA, check_val_every_n_epoch=3), ("--trainer.max_epochs=9",)),
}


@pytest.mark.parametrize(("layer", "words"), ENDS.values(), ids=ENDS)
def test_the_last_row_and_the_result_are_of_the_last_checkpoint(tmp_path, capsys, layer, words):
    assert train.main(fit(tmp_path, layer, words=words)) == 0
    result, last = json.loads((tmp_path / "result.json").read_text()), rows(tmp_path)[-1]
    capsys.readouterr()
    checkpoint = f"--ckpt_path={tmp_path}/checkpoints/last.ckpt"
    assert train.main(["validate", f"--config={tmp_path}/config.yaml", checkpoint]) == 0
    printed = dict(re.findall(r"(val/\S+)\D+([\d.e-]+|nan)", capsys.readouterr().out))
    assert float(last["val/loss"]) == pytest.approx(float(printed["val/loss"]), rel=1e-6)
    assert result["metrics"]["val/loss"] == float(last["val/loss"])
    assert result["metrics"]["step"] == int(last["step"])
    assert last["train/loss"]
