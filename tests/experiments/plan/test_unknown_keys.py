"""Misspelt keys and classes are one line of `plan` and `ablate`, before anything is built."""

from pathlib import Path

import pytest

from experiments.cli import main
from experiments.declare.ablation import read_ablation
from experiments.declare.configs import PACKAGE
from experiments.plan.trials import make_plan
from experiments.plan.unknown_keys import refuse_unknown_keys
from tests.experiments import tiny

OPTIMIZER = "model.init_args.optimizer.init_args"
ADAMW = {"class_path": "torch.optim.AdamW", "init_args": {"lr": 0.01}}
OWN = "; give the arm an own grid, or correct the key"


@pytest.fixture
def mine(tmp_path):
    """Writes an ablation with these keys and tricks."""

    def write(keys, **tricks):
        base = tiny.write(tmp_path, "base.yaml", tiny.BASELINE)
        tricks = tricks or {"adamw": tiny.model(optimizer=ADAMW)}
        names = [tiny.write(tmp_path, f"{name}.yaml", content) for name, content in tricks.items()]
        return tiny.write(tmp_path, "mine.yaml", {"baseline": base, "tricks": names, "sesoi": 0.1, "seeds": 2, **keys})

    return write


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"set": tiny.model(optimzer=ADAMW)}, "set: model: unknown key 'optimzer' of Segmentation; nearest: optimizer"),
        ({"set": tiny.model(optimizer={"init_args": {"lrr": 1}})}, "set: model.optimizer: unknown key 'lrr' of SGD; "),
        ({"set": tiny.model(optimizer={"lr": 1})}, "set: model.optimizer: unknown key 'lr' beside the class_path SGD"),
        ({"set": tiny.model(fusion={"class_path": "FPNN"})}, "set: model.fusion: unknown class 'FPNN'; nearest: FPN"),
        ({"set": {"tainer": {}}}, "set: unknown key 'tainer' of a config; nearest: trainer"),
        ({"set": {"trainer": {"max_epoch": 1}}}, "set: trainer: unknown key 'max_epoch' of Trainer; nearest: max_epo"),
        (
            {"set": {"trainer": {"callbacks": [{"class_path": "EMA", "init_args": {"dcay": 0.9}}]}}},
            "set: trainer.callbacks: unknown key 'dcay' of EMA; nearest: decay",
        ),
        (
            {"conditions": {"a": {}, "b": {"data": {"init_args": {"bath_size": 1}}}}},
            "condition b: data: unknown key 'bath_size' of Digits; nearest: batch_size",
        ),
        (
            {"tune": {"grid": {f"{OPTIMIZER}.lrr": [1, 2]}, "seeds": 1}},
            f"tune: arm baseline: model.optimizer: unknown key 'lrr' of SGD; nearest: lr{OWN}",
        ),
        (
            {"tune": {"grid": {f"{OPTIMIZER}.momentum": [0.1, 0.2]}, "seeds": 1}},  # which AdamW has not
            "tune: arm adamw: model.optimizer: unknown key 'momentum' of AdamW; ",
        ),
        (
            {
                "tune": {
                    "grid": {f"{OPTIMIZER}.lr": [1, 2]},
                    "seeds": 1,
                    "own": {"adamw": {"model.init_args.optim.init_args.lr": [1, 2]}},
                }
            },
            "tune: arm adamw: model: unknown key 'optim' of Segmentation; nearest: optimizer",
        ),
    ],
)
@pytest.mark.parametrize("command", ["plan", "ablate"])
def test_it_is_named_with_the_nearest_and_nothing_is_made(mine, tmp_path, capsys, command, keys, message):
    assert main([command, mine(keys), "--runs", str(tmp_path / "runs")]) == 2
    assert f"{tmp_path / 'mine.yaml'}: {message}" in tiny.complaint(capsys)
    assert not (tmp_path / "runs").exists()


def test_a_trick_s_file_is_named(mine, tmp_path, capsys):
    assert main(["plan", mine({}, wide=tiny.model(backbone={"init_args": {"chanels": 4}}))]) == 2
    said = f"{tmp_path / 'wide.yaml'}: model.backbone: unknown key 'chanels' of Tiny; nearest: channels"
    assert said in tiny.complaint(capsys)


def test_what_cannot_be_told_is_left_to_building_it(mine, capsys):
    own = {"class_path": "mine.Block", "init_args": {"anything": 1}}
    keys = {"trainer": {"logger": {"class_path": "CSVLogger", "init_args": {"save_dir": "x"}}}, "model.init_args.a": 1}
    assert main(["plan", mine({"set": {**keys, **tiny.model(fusion=own)}})]) == 0
    assert main(["plan", mine({"set": tiny.model(context={"class_path": "OfMyOwn", "init_args": {"a": 1}})})]) == 0


@pytest.mark.parametrize("folder", ["ablations", "claims", "claims/real"])
def test_no_ablation_of_the_package_is_refused(folder):
    files = sorted(Path(PACKAGE, folder).glob("*.yaml"))
    assert files
    for file in files:
        refuse_unknown_keys(make_plan(read_ablation(str(file))))
