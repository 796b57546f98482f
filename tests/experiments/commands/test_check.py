"""`trickbench check`: the contracts on classes of a user's own, through the command."""

import subprocess
import sys

import pytest

from experiments import cli
from tests.experiments.running import ENVIRONMENT

DIGITS = '{"image_size": 32, "scale": [8, 16], "train_scenes": 8, "val_scenes": 2, "batch_size": 4}'
OWN = """
import random

import torch
from torch import nn
from torch.optim import SGD
from torch.optim.lr_scheduler import LambdaLR
from lightning_modules.heads import RetinaHead
from lightning_modules.layers import check_levels
from lightning_modules.losses import L1, CrossEntropy
from lightning_modules.optim import Decay, ParameterRule
from lightning_modules.optim.groups import Factors
from lightning_modules.pyramid import PyramidBlock
from lightning_modules.rewrites import Rewrite


class Good(PyramidBlock):
    def __init__(self, levels, channels: int = 8):
        super().__init__()
        check_levels(self, levels)
        self.conv = nn.Conv2d(levels[-1].channels, channels, 1)
        self.levels = (*levels[:-1], levels[-1]._replace(channels=channels))

    def forward(self, pyramid):
        return [*pyramid[:-1], self.conv(pyramid[-1])]


class Bad(Good):
    def __init__(self, levels, channels: int = 8):
        super().__init__(levels, channels)
        self.idle = nn.Parameter(torch.zeros(3))

    def forward(self, pyramid):
        pyramid[-1].mul_(2)
        return [*pyramid[:-1], self.conv(pyramid[-1])[..., 1:]]


class Wrong(CrossEntropy):
    def forward(self, logits, target):
        return super().forward(logits, target) - 1


class Rising(Decay):
    def factor(self, progress):
        return 0.5 + progress


class Mean(L1):
    def forward(self, predicted, target):
        return super().forward(predicted, target).mean()


class Unseeded(Rewrite):
    def __call__(self, network):
        network.features.backbone.stem[0].weight.data.mul_(random.random())
        return network


class Off(RetinaHead):
    def decode(self, deltas, anchors):
        return super().decode(deltas, anchors) + 1


class Forgetful(LambdaLR):
    def __init__(self, optimizer, total_steps: int):
        calls = []
        super().__init__(optimizer, lambda step: 1 / len([*calls, calls.append(step)]))


class Negative(LambdaLR):
    def __init__(self, optimizer, total_steps: int, low: float):
        super().__init__(optimizer, lambda step: 1 - (1 - low) * step / total_steps)


class Lazy(SGD):
    def step(self, closure=None):
        loss = closure()
        self.param_groups[0]["params"][1].grad = None
        super().step()
        return loss


class Elsewhere(ParameterRule):
    def factors(self, module):
        return {"head.bias.of.another": Factors(lr=2.0)}


class Freezing(ParameterRule):
    def factors(self, module):
        module.network.head.requires_grad_(False)
        return {name: Factors(lr=0.1) for name, _ in module.named_parameters()}


class Needy(Decay):
    def __init__(self, power: float):
        self.power = power

    def factor(self, progress):
        return (1 - progress) ** self.power
"""


@pytest.fixture
def own(tmp_path, monkeypatch):
    (tmp_path / "my_classes.py").write_text(OWN)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))


def test_a_sound_block_keeps_every_promise(own, capsys):
    assert cli.main(["check", "my_classes.Good"]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown[0] == "my_classes.Good as context or fusion:"
    assert [line[2] for line in shown[1:-1]] == ["✓"] * 13
    assert shown[-1] == "all of them hold"


def test_each_broken_promise_is_named_with_its_case(own, capsys):
    assert cli.main(["check", "my_classes.Bad"]) == 1
    shown = capsys.readouterr().out
    assert "✗ Channels and strides are those of `levels`" in shown
    assert "Bad: for an image of (1, 1)" in shown
    assert "✗ Each parameter gets a finite gradient.\n      Bad: no finite gradient for idle" in shown
    assert "✗ The maps that it is given are not changed in place.\n      Bad: level [3] was changed" in shown
    assert "of its promises do not hold" in shown


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (["my_classes.Wrong"], "✗ Value and gradient are finite and not negative"),
        (["my_classes.Rising"], "the factor is 1.01 at 51% of the run"),
        (["my_classes.Mean"], "for 40 boxes it has the shape ()"),
        (["my_classes.Unseeded"], "its weights hang on what was drawn before"),
        (["my_classes.Off"], "✗ `decode` is the inverse of `encode`"),
        (
            [
                "Digits",
                "--arguments",
                '{"image_size": 32, "scale": [8, 16], "train_scenes": 8, "val_scenes": 2, "batch_size": 4}',
            ],
            "",
        ),
        (["Tiny", "--arguments", '{"channels": 2}'], ""),
        (["my_classes.Needy", "--arguments", '{"power": 0.9}'], ""),
        (["my_classes.Forgetful"], "✗ Resumed half way from its state and the optimizer's, it goes on"),
        (["my_classes.Negative", "--arguments", '{"low": -1}'], "the rate is -"),
        (["my_classes.Lazy"], "a weight of shape (4,) stays as it was"),
        (["Warmup", "--arguments", '{"length": 0.2}'], ""),
        (["OneCycle"], ""),
        (["Plateau"], ""),
        (["torch.optim.AdamW"], ""),
        (["my_classes.Elsewhere"], "the network has no parameter 'head.bias.of.another'"),
        (["my_classes.Freezing"], "is trained or frozen by it"),
        (["NoDecay"], ""),
        (["RateMultiplier"], ""),
        (["LayerwiseDecay"], ""),
        (["LinearScaling"], ""),
    ],
)
def test_every_slot_has_its_contract(own, capsys, words, fault):
    code, shown = cli.main(["check", *words]), capsys.readouterr().out
    assert (code, fault in shown) == (bool(fault), True), shown


@pytest.mark.parametrize("name", ["RateMultiplier", "GradientMonitor"])
def test_lightning_says_nothing_beside_it(name):
    words = [sys.executable, "-m", "experiments", "check", name]
    checked = subprocess.run(words, capture_output=True, text=True, check=True, env=ENVIRONMENT)
    assert (checked.stdout.splitlines()[-1], checked.stderr) == ("all of them hold", "")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["FPM"], "unknown class 'FPM'; nearest: "),
        (["my_classes.Nothing"], "no class 'my_classes.Nothing' to import from here"),
        (["torch.nn.Conv2d"], "fills no slot that has a contract; derive it from Backbone, BoxHead, BoxLoss"),
        (["my_classes.Needy"], "Needy needs a value for power: give it by --arguments"),
        (["my_classes.Negative"], "Negative needs a value for low: give it by --arguments"),
        (["FPN", "--arguments", "[1]"], "--arguments must be a mapping"),
        (["FPN", "--arguments", "{"], "--arguments must be JSON"),
    ],
)
def test_what_cannot_be_checked_is_said_in_one_line(own, capsys, words, message):
    assert cli.main(["check", *words]) == 2
    error = capsys.readouterr().err.splitlines()
    assert len(error) == 1
    assert message in error[0]
