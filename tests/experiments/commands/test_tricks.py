"""The list of tricks, and one of them, without torch."""

import subprocess
import sys

import pytest

from experiments import cli
from experiments.declare import configs
from experiments.declare.tricks import Trick, package_tricks


def shown(capsys, *words):
    assert cli.main(["tricks", *words]) == 0
    return capsys.readouterr().out


def names(capsys, *words):
    return [line.split()[0] for line in shown(capsys, *words).splitlines()[1:]]


@pytest.fixture(autouse=True)
def wide(monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")


def test_all_are_listed_by_name(capsys):
    assert names(capsys) == sorted(file.stem for file in (configs.PACKAGE / "tricks").glob("*.yaml"))


def test_the_filters_are_and_ed(capsys):
    schedules = names(capsys, "--slot", "schedule")
    assert {"warmup", "cosine"} <= set(schedules)
    assert "fpn" not in schedules
    assert names(capsys, "--task", "detection", "--slot", "loss") != names(capsys, "--slot", "loss")
    assert names(capsys, "SGDR", "--slot", "schedule") == [
        "cosine",
        "cosine_restarts",
    ]  # found in the paper, in any case
    assert names(capsys, "sgdr") == ["cosine", "cosine_restarts"]


@pytest.mark.parametrize(
    ("first", "slot"),
    [
        ("model: {init_args: {fusion: {class_path: FPN}}}", "fusion"),
        ("model: {init_args: {rewrites+: [{class_path: DropPath}]}}", "rewrites"),
        ("data: {init_args: {train_transforms+: []}}", "data"),
        ("trainer: {gradient_clip_val: 1.0}\nmodel: {init_args: {loss: null}}", "trainer"),
    ],
)
def test_the_slot_is_that_of_the_first_key(tmp_path, first, slot):
    file = tmp_path / "trick.yaml"
    file.write_text(f"about: {{title: x}}\n{first}\n")
    assert Trick(file).slot == slot


def test_every_slot_is_an_argument_of_a_model_or_a_part_of_the_config():
    known = {"backbone", "context", "fusion", "head", "loss", "box_loss", "optimizer", "schedule", "rewrites"}
    assert {trick.slot for trick in package_tricks()} <= known | {"auxiliary", "parameter_rules", "data", "trainer"}


def test_one_trick_shows_its_sheet_and_what_it_changes(capsys):
    out = shown(capsys, "warmup")
    assert "Goyal et al. 2017" in out
    assert "in digits:" in out
    assert "model.schedule.length: 0 → 0.1" in out
    assert "published   top-1 error +1.1 " in out  # the rest says `trickbench literature`


def test_the_path_of_its_file_is_whole_in_a_narrow_terminal(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    lines = shown(capsys, "warmup").partition("\n\n")[0].partition("\nfile")[2].splitlines()
    assert "".join(map(str.strip, lines)) == str(configs.PACKAGE / "tricks" / "warmup.yaml")


def test_the_table_is_whole_in_a_terminal_of_the_usual_width(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    assert "…" not in shown(capsys)


def test_one_trick_says_which_ablations_test_it(capsys):
    line = next(line for line in shown(capsys, "fpn").splitlines() if line.startswith("tested by"))
    said = {name.strip() for name in line.removeprefix("tested by").split(",")}
    assert said >= {"quickstart", "seg_fusion", "claims/fpn"}
    assert "claims/fpa" not in said


def test_every_trick_is_tested_by_an_ablation():
    assert [trick.name for trick in package_tricks() if not trick.tested_by] == []


def test_it_is_compared_with_a_baseline_of_its_task_or_the_one_that_is_named(capsys):
    assert "in digits_fcos:\n  model.box_loss: GIoU → SmoothL1" in shown(capsys, "smooth_l1")
    assert "in digits_retina:\n  model.box_loss: L1 → SmoothL1" in shown(
        capsys, "smooth_l1", "--baseline", "digits_retina"
    )


def test_it_is_compared_with_a_baseline_that_it_changes(capsys):
    assert "in digits_retina:\n  model.box_loss: L1 → GIoU" in shown(capsys, "giou")  # digits_fcos has it


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["focl"], "no trick is called 'focl' or mentions it; nearest: focal"),
        (["focal", "--slot", "los"], None),  # one trick is shown whatever the filters say
        (["--slot", "los"], "no trick fills the slot 'los'; nearest: loss"),
        (["--task", "classification", "--slot", "fusion"], "no trick for task classification for slot fusion"),
        (["--task", "pose"], "invalid choice: 'pose'"),
        (["focal", "--baseline", "digit"], "none of experiments/baselines is called 'digit'; nearest: digits"),
    ],
)
def test_what_is_unknown_brings_the_nearest(capsys, words, message):
    assert cli.main(["tricks", *words]) == (2 if message else 0)
    if message:
        assert message in capsys.readouterr().err


def test_it_imports_no_torch():
    code = (
        "import sys; from experiments.cli import main; main(['tricks']); main(['tricks', 'focal'])\n"
        "assert not {'torch', 'lightning', 'scipy'} & set(sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, capture_output=True).returncode == 0
