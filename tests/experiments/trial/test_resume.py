"""Whatever acts on the training travels in the checkpoint: a killed trial ends in the bits of one that was not."""

import csv
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from lightning.pytorch import Callback

from experiments import pause
from experiments.trial import train
from tests.experiments.tiny import fit, model

EPOCHS = "--trainer.max_epochs=4"


def callbacks(*names: str, **init_args: Any) -> dict[str, Any]:
    return {"trainer": {"callbacks+": [{"class_path": name, "init_args": init_args} for name in names]}}


def schedule(name: str, **init_args: Any) -> dict[str, Any]:
    return model(schedule={"class_path": name, "init_args": init_args})


def rules(*names: str) -> dict[str, Any]:
    return model(**{"parameter_rules+": [{"class_path": name} for name in names]})


LAYERS = {
    "ema": callbacks("EMA", decay=0.5),
    "swa": callbacks("SWA", start=0.5),
    "lookahead": callbacks("Lookahead", k=3),
    "l1": callbacks("L1Proximal", "L1Penalty", "L2Penalty", strength=0.05),
    "monitor": callbacks("GradientMonitor", every=3),
    "plateau": schedule("Plateau", length=2, patience=0, threshold=0.9),
    "one_cycle": schedule("OneCycle"),
    "restarts": schedule("Warmup", length=0, decay={"class_path": "CosineRestarts"}),
    "rules": rules("NoDecay", "RateMultiplier", "LayerwiseDecay", "LinearScaling"),
    "accumulate": {"trainer": {"accumulate_grad_batches": 3, "gradient_clip_val": 0.1, **callbacks("EMA")["trainer"]}},
}


def differ(one: Any, other: Any, place: str = "") -> list[str]:
    """Where two nested states are not the same to the bit."""
    if isinstance(one, torch.Tensor):
        return [] if torch.equal(one, other) else [place]
    if isinstance(one, dict) and isinstance(other, dict):
        keys = {*one, *other}
        return [found for key in keys for found in differ(one.get(key), other.get(key), f"{place}/{key}")]
    if isinstance(one, list | tuple) and isinstance(other, list | tuple) and len(one) == len(other):
        pairs = enumerate(zip(one, other, strict=True))
        return [found for i, (a, b) in pairs for found in differ(a, b, f"{place}/{i}")]
    return [] if one == other else [place]


def state(folder: Path) -> dict[str, Any]:
    """All that the last checkpoint holds of training: weights, averages, optimizer, schedule and callbacks."""
    checkpoint = torch.load(folder / "checkpoints" / "last.ckpt", weights_only=True)
    kept = {key: checkpoint[key] for key in ("state_dict", "optimizer_states", "lr_schedulers")}
    ours = {key: value for key, value in checkpoint["callbacks"].items() if key in ("Lookahead", "GradientMonitor")}
    return {**kept, "averaged": checkpoint.get("averaged"), "callbacks": ours}


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "metrics.csv").open() as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def plain(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("plain")
    assert train.main(fit(folder, words=(EPOCHS,))) == 0
    return folder


@pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS)
def test_a_resumed_trial_ends_in_the_same_bits(tmp_path, plain, layer):
    whole, halved = tmp_path / "whole", tmp_path / "halved"
    assert train.main(fit(whole, layer, words=(EPOCHS,))) == 0
    assert differ(state(whole), state(plain)) or rows(whole) != rows(plain), "the layer does nothing to resume"
    died = "tests.experiments.trial.test_train.DieAfter"
    with pytest.raises(Exception, match=r"^$"):
        train.main(fit(halved, layer, callbacks(died, epoch=1), words=(EPOCHS,)))
    assert train.main(fit(halved, layer, words=(EPOCHS, f"--ckpt_path={halved}/checkpoints/last.ckpt"))) == 0
    assert differ(state(whole), state(halved)) == []
    assert rows(whole) == rows(halved)


class Ask(Callback):
    """Asks its own process to stop, as a queue does before a job's time is over, or when it preempts it."""

    def __init__(self, number: int) -> None:
        self.number = number

    def on_train_batch_start(self, trainer, pl_module, batch, batch_idx) -> None:
        if trainer.global_step == 5:
            os.kill(os.getpid(), self.number)


@pytest.mark.parametrize("number", [signal.SIGUSR1, signal.SIGTERM])
def test_a_trial_that_is_asked_to_stop_leaves_a_checkpoint_of_that_step(tmp_path, plain, number):
    words = fit(tmp_path, callbacks(f"{__name__}.Ask", number=int(number)), words=(EPOCHS,))
    done = subprocess.run([sys.executable, "-m", "experiments", *words], capture_output=True, text=True, check=False)
    assert done.returncode == pause.CODE, done.stderr
    assert "trickbench: paused: a checkpoint of step 6 was written" in done.stderr
    assert train.main([*words, f"--ckpt_path={tmp_path}/checkpoints/last.ckpt"]) == 0
    assert differ(state(tmp_path), state(plain)) == []
    assert rows(tmp_path) == rows(plain)


def test_a_checkpoint_without_an_average_cannot_go_on_with_one(tmp_path, plain, capsys):
    words = (EPOCHS, f"--ckpt_path={plain}/checkpoints/last.ckpt")
    assert train.main(fit(tmp_path, callbacks("EMA"), words=words)) == 2
    assert "EMA: the checkpoint was written without an average; start over" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["ema", "swa"])
def test_validate_measures_what_the_trial_measured(tmp_path, capsys, name):
    assert train.main(fit(tmp_path, LAYERS[name], words=(EPOCHS,))) == 0
    capsys.readouterr()
    checkpoint = f"--ckpt_path={tmp_path}/checkpoints/last.ckpt"
    assert train.main(["validate", f"--config={tmp_path}/config.yaml", checkpoint]) == 0
    assert rows(tmp_path)[-1]["val/loss"][:6] in capsys.readouterr().out


def test_two_processes_train_with_one_average_and_one_sparsity(tmp_path, capsys):
    """The checkpoint is rank 0's: one process that measures it finds what both ranks together found with theirs.

    It ends within its second epoch, of two steps, and is validated there.
    """
    ddp = ("--trainer.devices=2", "--trainer.strategy=ddp", "--trainer.accelerator=cpu", "--trainer.max_steps=3")
    layers = [callbacks("EMA", decay=0.5), callbacks("L1Proximal", strength=0.2), callbacks("GradientMonitor", every=1)]
    layers += [model(fusion={"class_path": "FPN", "init_args": {"channels": 4}})]  # only its finest level is read
    command = [sys.executable, "-m", "experiments", *fit(tmp_path, *layers, words=ddp)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    words = [f"--config={tmp_path}/config.yaml", f"--ckpt_path={tmp_path}/checkpoints/last.ckpt"]
    assert train.main(["validate", *words, "--trainer.devices=1", "--trainer.strategy=auto"]) == 0
    assert rows(tmp_path)[-1]["step"] == "3"
    accuracy = rows(tmp_path)[-1]["val/accuracy"]
    assert accuracy[:6] in capsys.readouterr().out
