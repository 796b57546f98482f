"""What a step takes is measured for as long as is asked, and changes nothing of what else is measured."""

import json
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from experiments.trial.costs.measure import measure_arm
from lightning_modules.backbones import Tiny
from tests.experiments import tiny

LONG = {"data": {"init_args": {"train_scenes": 40, "val_scenes": 2, "batch_size": 4}}}  # 10 batches


def measured(folder: Path, *layers: dict[str, Any], seconds: float = 0.0) -> dict[str, Any]:
    out = folder / "cost.json"
    assert measure_arm(tiny.fit(folder / "trial", LONG, *layers), {}, out, seconds) == 0
    content: dict[str, Any] = json.loads(out.read_text())
    return content


def test_a_longer_measurement_leaves_the_first_steps_as_they_are(tmp_path):
    short, long = measured(tmp_path), measured(tmp_path, seconds=100)
    assert (short["batches_timed"], long["batches_timed"]) == (6, 10)  # to the end of the epoch, at most
    for name in ("first_steps", "flops_per_step", "flops", "steps", "steps_per_epoch"):
        assert short[name] == long[name]


def test_a_step_of_several_batches_takes_what_they_take(tmp_path):
    one, two = measured(tmp_path), measured(tmp_path, {"trainer": {"accumulate_grad_batches": 2}})
    assert two["flops_per_step"] == 2 * one["flops_per_step"] > 0
    assert (two["batches_per_step"], two["steps_per_epoch"], two["steps"]) == (2, 5, 10)


class Moody(Tiny):
    """Leaves out a weight in some steps.

    Args:
        channels: Of its first level.
        steps: So many steps with it come first.
    """

    def __init__(self, channels: int = 2, steps: int = 3) -> None:
        super().__init__(channels)
        self.steps, self.shift = steps, nn.Parameter(torch.zeros(1))

    def forward(self, image: Tensor) -> list[Tensor]:
        self.steps -= self.training
        return [level if self.steps < 0 else level + self.shift for level in super().forward(image)]


def test_weights_that_a_step_leaves_without_a_gradient_are_noted(tmp_path):
    moody = {"class_path": f"{__name__}.Moody"}
    layers: dict[str, dict[str, Any]] = {
        "nothing": tiny.model(rewrites=[{"class_path": "DropPath"}]),  # a dropped branch is multiplied by 0
        "frozen": tiny.model(rewrites=[{"class_path": "Freeze"}]),
        "unread": tiny.model(fusion={"class_path": "FPN", "init_args": {"channels": 4}}),
        "sometimes": tiny.model(backbone=moody),
    }
    missed = {name: measured(tmp_path, layer)["missed"] for name, layer in layers.items()}
    levels = [f"network.features.fusion.smooth.{level}.{kind}" for level in (1, 2) for kind in ("bias", "weight")]
    shift = ["network.features.backbone.shift"]
    assert missed == {"nothing": [], "frozen": [], "unread": levels, "sometimes": shift}
