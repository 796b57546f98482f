"""Every trick, found by being there: its data sheet, that it acts, that nothing leaks into it, and that it trains."""

import copy
import json
from typing import Any, get_args

import pytest
import torch
from torch import nn

from experiments.declare import configs
from experiments.declare.configs import Config
from experiments.declare.sheet import Expectation
from experiments.declare.tricks import BASELINES, Trick, package_tricks
from experiments.trial import train
from tests.experiments.resolved import build, command_line, resolve

# What a trick is a change of, where its task's first baseline is not it.
BELOW = {"giou": ["baselines/digits_retina"], "sigmoid_focal": ["tricks/cross_entropy"]}

# About the initial weights of layers that the baseline has too.
INITIAL = {
    *("kaiming_fan_in", "kaiming_fan_out", "normal_too_large", "normal_too_small", "orthogonal", "trunc_normal"),
    *("xavier_normal", "xavier_uniform", "zero_gamma", "prior_bias_off"),
}

# A rise over 0.3 of the run is none in two steps, and two averaged epochs are four.
STEPS = {"one_cycle": 5, "swa": 4}

SMALL: dict[str, Config] = {
    "segmentation": {"backbone": {"init_args": {"channels": 4}}},
    "detection": {
        "backbone": {"init_args": {"channels": 4}},
        "fusion": {"init_args": {"channels": 8}},
        "head": {"init_args": {"channels": 8, "depth": 1}},
    },
    "classification": {"backbone": {"init_args": {"channels": 4}}},
}
SCENES = {"image_size": 32, "objects": [1, 2], "scale": [12, 24], "train_scenes": 8, "val_scenes": 2, "batch_size": 4}
IMAGES = {"image_size": 32, "scale": [8, 16], "train_images": 8, "val_images": 2, "batch_size": 4}
DATA = {"segmentation": SCENES, "detection": SCENES, "classification": IMAGES}
# Classes for tricks to take the place of, with arguments that no class has by default.
ODD: Config = {
    "optimizer": {
        "class_path": "torch.optim.NAdam",
        "init_args": {"lr": 0.7, "betas": [0.5, 0.6], "eps": 0.01, "weight_decay": 0.3, "maximize": True},
    },
    "schedule": {"class_path": "Plateau", "init_args": {"length": 0.3, "shape": "constant", "start": 0.7}},
    "context": {"class_path": "SPPF", "init_args": {"size": 3, "out_channels": 7}},
    "fusion": {
        "class_path": "PAFPN",
        "init_args": {"channels": 7, "extra_levels": 1, "extra": "conv", "finest_stride": 8},
    },
    "loss": {
        "class_path": "OHEM",
        "init_args": {"min_kept": 7, "class_weights": {"class_path": "InverseFrequency"}, "ignore_index": 99},
    },
    "head": {"class_path": "GAPHead", "init_args": {"dropout": 0.3}},
    "auxiliary": {"class_path": "LinearHead", "init_args": {"dropout": 0.3}},
}


def named(value: Trick | str) -> str:
    return value if isinstance(value, str) else value.name


def in_one_process(case: tuple[Trick, str]) -> Any:
    """A case whose tests read the same configs, which one process parses once for all of them."""
    return pytest.param(*case, marks=pytest.mark.xdist_group(" ".join(map(named, case))))


CASES = [(trick, task) for trick in package_tricks() for task in trick.about.tasks]
every_trick = pytest.mark.parametrize("trick", package_tricks(), ids=lambda trick: trick.name)
every_case = pytest.mark.parametrize(("trick", "task"), [*map(in_one_process, CASES)], ids=named)


def below(trick: Trick, task: str) -> list[Config]:
    """The layers that a trick lies on, as contents."""
    names = [f"baselines/{BASELINES[task][0]}", *BELOW.get(trick.name, [])]
    contents = [configs.read_yaml(configs.find("", name)) for name in names]
    return [{key: value for key, value in content.items() if key != "about"} for content in contents]


def odd(trick: Trick) -> Config:
    """The odd classes whose place the trick's classes take."""
    given = trick.content.get("model", {}).get("init_args", {})
    return {slot: value for slot, value in ODD.items() if configs.swaps(value, given.get(slot))}


def without(content: Config, slots: Config) -> Config:
    """The content with nothing in these slots of the model."""
    content = copy.deepcopy(content)
    for slot in slots:
        content.get("model", {}).get("init_args", {}).pop(slot, None)
    return content


@every_trick
def test_the_data_sheet_is_complete(trick):
    sheet = trick.about
    assert sheet.title
    assert sheet.paper
    assert sheet.claim.endswith(".")
    assert sheet.expects in get_args(Expectation)
    assert "tasks" in trick.content["about"], "a task that nobody thought of is none"
    assert set(sheet.tasks) <= BASELINES.keys()


@every_case
def test_it_changes_the_config(trick, task):
    base = below(trick, task)
    assert resolve(*base, trick.content) != resolve(*base)


@pytest.mark.parametrize(("trick", "task"), [in_one_process(case) for case in CASES if odd(case[0])], ids=named)
def test_its_classes_are_the_same_whatever_they_take_the_place_of(trick, task):
    base, slots = below(trick, task), odd(trick)
    over = resolve(*base, {"model": {"init_args": slots}}, trick.content)["model"]["init_args"]
    alone = resolve(*(without(content, slots) for content in base), trick.content)["model"]["init_args"]
    assert {slot: over[slot] for slot in slots} == {slot: alone[slot] for slot in slots}


def test_most_swaps_are_tried():
    assert len([trick for trick in package_tricks() if odd(trick)]) > 30


def own(layer: nn.Module) -> dict[str, torch.Tensor]:
    return {name: value.detach() for name, value in layer.named_parameters(recurse=False)}


@every_case
def test_it_starts_from_the_baselines_weights(trick, task, monkeypatch):
    monkeypatch.setenv("PL_GLOBAL_SEED", "5")
    base = below(trick, task)
    ours, theirs = (dict(build(*contents).network.named_modules()) for contents in (base, [*base, trick.content]))
    pairs = {name: (own(ours[name]), own(theirs[name])) for name in ours.keys() & theirs.keys()}
    shared = [name for name, (a, b) in pairs.items() if a and [*map(shape, a.items())] == [*map(shape, b.items())]]
    changed = [name for name in shared if not all(map(torch.equal, *(layer.values() for layer in pairs[name])))]
    assert len(shared) >= 5
    assert bool(changed) == (trick.name in INITIAL), changed
    for a, b in (pairs[name] for name in pairs.keys() - {*shared}):
        if {"weight", "bias"} <= a.keys() & b.keys() and len(a["bias"]) == len(b["bias"]):
            inputs = [layer["weight"][0].numel() for layer in (a, b)]
            torch.testing.assert_close(b["bias"] * inputs[1] ** 0.5, a["bias"] * inputs[0] ** 0.5)


def shape(parameter: tuple[str, torch.Tensor]) -> tuple[str, torch.Size]:
    return parameter[0], parameter[1].shape


@every_case
def test_it_trains_for_two_steps(trick, task, tmp_path):
    steps = STEPS.get(trick.name, 2)
    small = {"model": {"init_args": SMALL[task]}, "data": {"init_args": DATA[task]}}
    trainer = {"max_epochs": -1, "max_steps": steps, "enable_progress_bar": False, "enable_model_summary": False}
    run = {"trainer": {**trainer, "default_root_dir": str(tmp_path)}, "threads": 1}
    # The small sizes lie below the trick, so that what it says of them holds.
    contents = [*below(trick, task), small, trick.content, run]
    assert train.main(["fit", *command_line(*contents)]) == 0
    result = json.loads((tmp_path / "result.json").read_text())
    assert result["status"] == "done"
    assert result["metrics"]["step"] == steps
