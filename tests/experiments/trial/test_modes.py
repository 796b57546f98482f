"""An optimizer with modes of its own is in the right one, in validation, in checkpoints and when it goes on."""

import json
import re
from typing import Any

import pytest
import torch
from torch.optim import Optimizer

from experiments.trial import train
from tests.experiments.tiny import complaint, fit, model
from tests.experiments.trial.test_resume import callbacks, differ, rows, state
from tests.experiments.trial.test_resume_steps import EVERY_STEP


class Averaging(Optimizer):
    """Schedule-free SGD (Defazio et al. 2024, eq. 2-4): y is trained, the average x is used, z is between the two.

    Args:
        params: Of the network.
        lr: Rate of z.
        beta: Share of x in y.
    """

    def __init__(self, params: Any, lr: float = 0.5, beta: float = 0.9) -> None:
        super().__init__(params, {"lr": lr, "beta": beta, "train_mode": False, "steps": 0})

    def _move(self, weight: float) -> None:
        for group in self.param_groups:
            for parameter in group["params"]:
                if "z" in self.state[parameter]:
                    parameter.data.lerp_(self.state[parameter]["z"], weight)

    def eval(self) -> None:
        if self.param_groups[0]["train_mode"]:
            self._move(1 - 1 / self.param_groups[0]["beta"])
        self.param_groups[0]["train_mode"] = False

    def train(self) -> None:
        if not self.param_groups[0]["train_mode"]:
            self._move(1 - self.param_groups[0]["beta"])
        self.param_groups[0]["train_mode"] = True

    @torch.no_grad()
    def step(self, closure: Any) -> Any:
        assert self.param_groups[0]["train_mode"], "not in train mode"
        with torch.enable_grad():
            loss = closure()
        (group,) = self.param_groups
        group["steps"] += 1
        share = 1 / group["steps"]
        for y in group["params"]:
            z = self.state[y].setdefault("z", y.clone())
            y.lerp_(z, share).add_(y.grad, alpha=group["lr"] * (group["beta"] * (1 - share) - 1))
            z.sub_(y.grad, alpha=group["lr"])
        return loss


LAYER = model(
    optimizer={"class_path": "tests.experiments.trial.test_modes.Averaging", "init_args": {"lr": 0.5}},
    schedule={"class_path": "Warmup", "init_args": {"length": 0, "decay": None}},
)


def test_it_is_validated_kept_and_resumed_with_the_right_weights(tmp_path, capsys):
    whole, kept = tmp_path / "whole", tmp_path / "kept"
    saving = callbacks("lightning.pytorch.callbacks.ModelCheckpoint", dirpath=str(kept), **EVERY_STEP)
    assert train.main(fit(whole, LAYER, saving)) == 0
    for step in (2, 4):
        checkpoint = f"--ckpt_path={kept}/step={step}.ckpt"
        assert train.main(fit(tmp_path / str(step), LAYER, saving, words=(checkpoint,))) == 0
        assert differ(state(whole), state(tmp_path / str(step))) == []
        assert rows(whole) == rows(tmp_path / str(step))
    capsys.readouterr()
    words = [f"--config={whole}/config.yaml", f"--ckpt_path={whole}/checkpoints/last.ckpt"]
    assert train.main(["validate", *words]) == 0
    printed = dict(re.findall(r"(val/\S+)\D+([\d.e-]+|nan)", capsys.readouterr().out))
    result = json.loads((whole / "result.json").read_text())["metrics"]
    assert float(printed["val/loss"]) == pytest.approx(result["val/loss"], rel=1e-6)


def test_the_weights_in_use_are_the_average(tmp_path):
    assert train.main(fit(tmp_path, LAYER, words=("--trainer.max_epochs=1",))) == 0
    checkpoint = torch.load(tmp_path / "checkpoints" / "last.ckpt", weights_only=True)
    states = checkpoint["optimizer_states"][0]["state"]
    names = [
        name
        for name in checkpoint["state_dict"]
        if name in checkpoint["averaged"]["current"] and "running" not in name and "num_b" not in name
    ]
    trained = [checkpoint["averaged"]["current"][name] for name in names]
    used = [checkpoint["state_dict"][name] for name in names]
    expected = [y.lerp(states[i]["z"], 1 - 1 / 0.9) for i, y in enumerate(trained)]
    assert all(torch.allclose(x, e, atol=1e-5) for x, e in zip(used, expected, strict=True))
    assert not all(torch.allclose(x, y, atol=1e-5) for x, y in zip(used, trained, strict=True))


def test_two_averages_are_refused(tmp_path, capsys):
    assert train.main(fit(tmp_path, LAYER, callbacks("EMA"))) == 2
    assert "only one average can be validated; leave one out" in complaint(capsys)
