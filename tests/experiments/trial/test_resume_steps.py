"""Resumed from a checkpoint of any step, a trial ends in the bits and the rows of one that was never stopped."""

from typing import Any

import pytest
from lightning.pytorch import Callback, Trainer

from experiments.trial import train
from experiments.trial.callbacks.checkpoint import LastCheckpoint
from tests.experiments.tiny import fit
from tests.experiments.trial.test_resume import callbacks, differ, rows, schedule, state
from tests.experiments.trial.test_train import Died

EVERY_STEP = {"every_n_train_steps": 1, "save_top_k": -1, "filename": "{step}", "enable_version_counter": False}
PLATEAU = schedule("Plateau", length=2, patience=0, threshold=0.9, gamma=0.5)


def together(*layers: dict[str, Any], **trainer: Any) -> dict[str, Any]:
    """Layers of callbacks and settings of the trainer as one."""
    named = [callback for layer in layers for callback in layer["trainer"]["callbacks+"]]
    return {"trainer": {"callbacks+": named, **trainer}}


ALL = together(
    callbacks("EMA", decay=0.5), callbacks("Lookahead", k=3), callbacks("MixUp"), callbacks("GradientMonitor", every=2)
)
TWICE = {"trainer": {"val_check_interval": 0.5}}
TWO, THREE = ("--trainer.max_epochs=2",), ("--trainer.max_epochs=3",)
SETUPS: dict[str, tuple[list[dict[str, Any]], tuple[str, ...], tuple[int, ...]]] = {  # of 4 batches an epoch
    "every step": ([ALL, schedule("OneCycle")], TWO, tuple(range(1, 9))),
    "validated within epochs": ([callbacks("SWA", start=0.4), PLATEAU, TWICE], THREE, (3, 4, 6)),
    "validated now and then": ([PLATEAU, {"trainer": {"check_val_every_n_epoch": 2}}], THREE, (4, 12)),
    "max_steps": ([schedule("OneCycle")], ("--trainer.max_epochs=-1", "--trainer.max_steps=10"), (3, 8, 10)),
    "accumulation": ([together(callbacks("EMA", decay=0.5), accumulate_grad_batches=3)], THREE, (1, 4)),
    "workers": ([{"data": {"init_args": {"num_workers": 2}}}], TWO, (3,)),
    "epochs cut short": ([{"trainer": {"limit_train_batches": 3}}], TWO, (2, 3)),
}


@pytest.mark.parametrize(("layers", "words", "steps"), SETUPS.values(), ids=SETUPS)
def test_from_every_step_on_all_is_as_if_nothing_had_happened(tmp_path, layers, words, steps):
    whole, kept = tmp_path / "whole", tmp_path / "kept"
    saving = callbacks("lightning.pytorch.callbacks.ModelCheckpoint", dirpath=str(kept), **EVERY_STEP)
    assert train.main(fit(whole, *layers, saving, words=words)) == 0
    for step in steps:
        folder = tmp_path / str(step)
        checkpoint = f"--ckpt_path={kept}/step={step}.ckpt"
        assert train.main(fit(folder, *layers, saving, words=(*words, checkpoint))) == 0
        assert rows(folder) == rows(whole), step
        assert step == int(rows(whole)[-1]["step"]) or differ(state(whole), state(folder)) == [], step


CONSTANT = schedule("Warmup", length=0, decay=None)


def steps(count: int) -> tuple[str, ...]:
    return ("--trainer.max_epochs=-1", f"--trainer.max_steps={count}")


@pytest.mark.parametrize("first", [6, 8], ids=["within an epoch", "between two"])
def test_max_steps_can_be_raised(tmp_path, first):
    """The longer run goes on with the batches that the shorter one had not come to."""
    whole, longer = tmp_path / "whole", tmp_path / "longer"
    assert train.main(fit(whole, CONSTANT, words=steps(11))) == 0
    assert train.main(fit(longer, CONSTANT, words=steps(first))) == 0
    (longer / "result.json").unlink()
    checkpoint = f"--ckpt_path={longer}/checkpoints/last.ckpt"
    with pytest.warns(UserWarning, match=f"was begun with {first} steps and now has 11"):
        assert train.main(fit(longer, CONSTANT, words=(*steps(11), checkpoint))) == 0
    assert [row["step"] for row in rows(longer)] == ["4", "8", "11"]
    assert rows(longer) == rows(whole)
    assert differ(state(whole), state(longer)) == []


def test_a_killed_trial_with_max_steps_goes_on(tmp_path):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    assert train.main(fit(whole, words=steps(10))) == 0
    with pytest.raises(Exception, match=r"^$"):
        train.main(fit(killed, callbacks("tests.experiments.trial.test_train.DieAfter", epoch=0), words=steps(10)))
    assert train.main(fit(killed, words=(*steps(10), f"--ckpt_path={killed}/checkpoints/last.ckpt"))) == 0
    assert rows(killed) == rows(whole)
    assert differ(state(whole), state(killed)) == []


def test_long_epochs_are_kept_by_time(tmp_path, monkeypatch):
    """Killed within an epoch, after a step that the clock made it keep."""
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    layers = [together(callbacks("EMA", decay=0.5), callbacks("GradientMonitor", every=2), accumulate_grad_batches=2)]
    assert train.main(fit(whole, *layers, words=TWO)) == 0
    monkeypatch.setattr(LastCheckpoint, "seconds_apart", 0.0)
    with pytest.raises(Exception, match=r"^$"):
        train.main(
            fit(killed, *layers, callbacks("tests.experiments.trial.test_resume_steps.DieAt", step=3), words=TWO)
        )
    assert not (killed / "result.json").exists()
    assert train.main(fit(killed, *layers, words=(*TWO, f"--ckpt_path={killed}/checkpoints/last.ckpt"))) == 0
    assert [row["step"] for row in rows(killed)] == ["2", "4"]
    assert rows(killed) == rows(whole)
    assert differ(state(whole), state(killed)) == []


class DieAt(Callback):
    """Ends a trial as a kill would, before the first batch after a step.

    Args:
        step: The last optimizer step.
    """

    def __init__(self, step: int) -> None:
        self.step = step

    def on_train_batch_start(self, trainer: Trainer, *_: Any) -> None:
        if trainer.global_step == self.step:
            raise Died
