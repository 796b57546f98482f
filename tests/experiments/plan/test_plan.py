"""Ablation → arms → trials, without torch."""

import io
import json
import subprocess
import sys

import pytest
import yaml
from rich.console import Console

from experiments.commands.plan import print_costs
from experiments.declare.ablation import read_ablation
from experiments.errors import UserError
from experiments.plan import registration
from experiments.plan.trials import make_plan
from experiments.report.heading import heading_line
from experiments.run.launchers.launcher import Demand
from experiments.run.launchers.local import Local
from experiments.run.price import FIRST

BASELINE = {"model": {"class_path": "Segmentation", "init_args": {"a": 1, "b": 2, "rewrites": []}}}


def write(folder, name, content):
    (folder / name).write_text(yaml.safe_dump(content))


@pytest.fixture
def ablation(tmp_path):
    """A folder with a baseline and three tricks; call it with the ablation's keys for the plan."""
    write(tmp_path, "base.yaml", BASELINE)
    write(tmp_path, "one.yaml", {"about": {"title": "One"}, "model": {"init_args": {"a": 2}}})
    write(tmp_path, "two.yaml", {"model": {"init_args": {"b": 3}}})
    write(tmp_path, "three.yaml", {"model": {"init_args": {"a": 5}}})

    def planned(**keys):
        content = {"baseline": "base.yaml", "tricks": ["one.yaml", "two.yaml"], "sesoi": 0.1, **keys}
        write(tmp_path, "ablation.yaml", {k: v for k, v in content.items() if v is not None})
        return make_plan(read_ablation(str(tmp_path / "ablation.yaml")), tmp_path / "runs")

    return planned


def test_alone_is_the_baseline_and_the_baseline_with_each(ablation):
    planned = ablation(seeds=[3, 5], placebo=True)
    assert [arm.name for arm in planned.arms] == ["baseline", "one", "two", "placebo"]
    assert [arm.seeds for arm in planned.arms] == [(3, 5)] * 3 + [(6, 7)]
    assert len(planned.trials) == 8
    assert planned.arms[1].merged["model"]["init_args"] == {"a": 2, "b": 2, "rewrites": []}


def test_a_single_seed_is_said_to_give_no_verdict(ablation):
    assert "3 arms × 1 seed = 3 trials\none seed an arm gives no verdict" in heading_line(ablation(seeds=[3]), False)
    assert "verdict" not in heading_line(ablation(seeds=[3, 5]), False)


def test_a_trial_is_a_command_line_over_layers(ablation, tmp_path):
    trial = ablation(seeds=[3]).trials[1]
    layers = ["--config", str(tmp_path / "base.yaml"), "--config", str(tmp_path / "one.yaml")]
    assert trial.argv[:5] == ("fit", *layers)
    assert "--seed_everything=3" in trial.argv
    assert f"--trainer.default_root_dir={tmp_path}/runs/trials/{trial.origin.address}" in trial.argv


def test_set_lies_between_baseline_and_trick(ablation):
    planned = ablation(set={"model": {"init_args": {"a": 7, "b": 9}}})
    assert [arm.merged["model"]["init_args"]["a"] for arm in planned.arms] == [7, 2, 7]
    assert planned.arms[1].merged["model"]["init_args"]["b"] == 9


def test_fingerprints_follow_what_decides_the_result(ablation, tmp_path):
    before = {(t.arm, t.seed): t.origin.fingerprint for t in ablation().trials}
    assert len(set(before.values())) == len(before)
    write(tmp_path, "one.yaml", {"about": {"title": "Another title"}, "model": {"init_args": {"a": 2}}})
    assert {(t.arm, t.seed): t.origin.fingerprint for t in ablation().trials} == before
    write(tmp_path, "one.yaml", {"model": {"init_args": {"a": 4}}})
    after = {(t.arm, t.seed): t.origin.fingerprint for t in ablation().trials}
    assert {arm for arm, seed in before if before[arm, seed] != after[arm, seed]} == {"one"}


def test_two_tricks_for_one_key_are_refused_unless_they_are_alternatives(ablation):
    with pytest.raises(UserError, match=r"one and three both set model.init_args.a; .* \[one, three\]"):
        ablation(tricks=["one.yaml", "three.yaml"])
    planned = ablation(tricks=[["one.yaml", "three.yaml"], "two.yaml"])
    assert [arm.name for arm in planned.arms] == ["baseline", "one", "three", "two"]


def test_tricks_that_cannot_be_told_apart_are_refused(ablation, tmp_path):
    write(tmp_path, "same.yaml", {"about": {"title": "Other words"}, "model": {"init_args": {"a": 2}}})
    with pytest.raises(UserError, match="one and same are the same"):
        ablation(tricks=[["one.yaml", "same.yaml"]])


def test_a_trick_without_a_key_is_refused(ablation, tmp_path):
    write(tmp_path, "empty.yaml", {"about": {"title": "x"}})
    with pytest.raises(UserError, match="sets no key"):
        ablation(tricks=["empty.yaml"])


def test_a_trick_for_another_task_is_refused(ablation, tmp_path):
    write(tmp_path, "boxes.yaml", {"about": {"tasks": ["detection"]}, "model": {"init_args": {"a": 2}}})
    with pytest.raises(UserError, match="for detection, but the baseline's task is segmentation"):
        ablation(tricks=["boxes.yaml"])


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"seeds": [1, 1]}, "the seed 1 is given twice"),
        ({"seeds": []}, r"seeds must be a count up to 10000, or a list of ids from 0 to \d+, got \[\]"),
        ({"seeds": [-1]}, "seeds must be"),
        ({"sesoi": 0}, "sesoi must be a positive, finite number on the metric's scale, got 0"),
        ({"sesoi": None}, "the key 'sesoi' is missing"),
        ({"seed": 3}, "unknown key 'seed'; nearest: seeds"),
        ({"design": "paths"}, "design must be one or more of alone, without, .*, got 'paths'"),
        ({"design": []}, r"design must be one or more of .*, got \[\]"),
        ({"design": ["alone", "alone"]}, "the design alone is given twice; running it twice would count the same"),
        ({"name": "../up"}, "name must be a folder's name"),
        ({"name": "trials"}, "name must be a folder's name other than trials, got 'trials'"),
        ({"tricks": []}, "one or more tricks"),
        ({"tricks": ["nothing.yaml"]}, "called 'nothing.yaml'"),
        ({"seeds": 0}, r"seeds must be a count up to 10000, or a list of ids from 0 to \d+, got 0$"),
        ({"tricks": ["one.yaml", "one.yaml"]}, "the trick one is given twice$"),
        ({"tricks": ["one.yaml", ["two.yaml", "./one.yaml"]]}, "the trick one is given twice$"),
        ({"baseline": "nowhere"}, "none of experiments/baselines is called 'nowhere'"),
    ],
)
def test_bad_ablations_are_refused(ablation, keys, message):
    with pytest.raises(UserError, match=message):
        ablation(**keys)


def test_two_tricks_whose_files_have_one_name_are_refused(ablation, tmp_path):
    (tmp_path / "other").mkdir()
    write(tmp_path / "other", "one.yaml", {"model": {"init_args": {"b": 7}}})
    with pytest.raises(UserError, match="two arms would be called 'one'; rename the trick's file"):
        ablation(tricks=["one.yaml", "other/one.yaml"])


def test_an_unknown_file_and_broken_yaml_end_in_one_line_and_exit_2(tmp_path):
    (tmp_path / "broken.yaml").write_text("a: [")
    for name in ("nowhere.yaml", str(tmp_path / "broken.yaml")):
        command = [sys.executable, "-m", "experiments", "plan", name]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 2
        assert done.stderr.count("\n") == 1
        assert done.stderr.startswith("trickbench: error: ")


def test_help_and_plan_import_nothing_that_takes_long():
    code = (
        "import sys; from experiments.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "main(['plan', 'quickstart'])\n"
        "assert not {'torch', 'lightning', 'numpy', 'scipy', 'pandas', 'http'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "raced: looks at" in done.stdout


def test_ten_thousand_trials_have_distinct_fingerprints(ablation):
    assert len({trial.origin.fingerprint for trial in ablation(seeds=list(range(3334))).trials}) == 3334 * 3


def test_a_trick_that_changes_nothing_is_refused(ablation):
    with pytest.raises(UserError, match=r"the trick one changes nothing: the baseline already has model\.init_args"):
        ablation(set={"model": {"init_args": {"a": 2}}})


def test_an_ablation_may_expect_what_the_sheet_does_not(ablation):
    planned = ablation(expects={"one": "equivalent"})
    assert [arm.about.expects for arm in planned.arms] == ["unknown", "equivalent", "unknown"]
    assert planned.arms[1].about.title == "One"
    assert registration.content(planned)["expects"]["one"] == "equivalent"


@pytest.mark.parametrize(
    ("expects", "message"),
    [
        ({"four": "helps"}, "expects names 'four', which is none of its tricks: one, two"),
        ({"one": "works"}, "expects must be a mapping of tricks to helps, hurts, equivalent, harmless, unknown, got"),
        (["one"], "expects must be a mapping of tricks to .*, got \\['one'\\]"),
    ],
)
def test_what_cannot_be_expected_is_refused(ablation, expects, message):
    with pytest.raises(UserError, match=message):
        ablation(expects=expects)


def test_costs_fit_a_terminal_and_name_what_did_nothing_yet(ablation, monkeypatch):
    planned = ablation(seeds=[0, 1])
    (planned.folder / "cost").mkdir(parents=True)
    for name, seconds, digest in [("baseline", 0.5, 1.0), ("one", 0.75, 2.0), ("two", 0.5, 1.0)]:
        measured = {
            "parameters": 1000,
            "flops": 2e6,
            "seconds_per_step": seconds,
            "seconds": 899,
            "first_steps": [digest],
            "steps": 9,
            **{"layers": [], "metrics": [], "config": {}},
        }
        (planned.folder / "cost" / f"{name}.json").write_text(json.dumps(measured))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
    launcher = Local(Demand([{}]), jobs=2)
    out = io.StringIO()
    print_costs(planned, launcher, planned.trials, Console(width=80, file=out, highlight=False, markup=False))
    lines = [line.rstrip() for line in out.getvalue().splitlines()]
    assert lines[2].split() == ["one", "1,000", "2e+06", "0.7500", "1.50", "9", "899"]
    assert lines[4:] == [
        "",
        f"no effect in the first steps: two; {FIRST}",
        "",
        "about 45.0 min for 6 trials, 2 at a time",
    ]


def test_a_folder_of_a_newer_version_is_refused_in_one_line(ablation):
    planned = ablation(seeds=[0, 1])
    registration.register(planned)
    path = planned.folder / "registration.json"
    newer = {**json.loads(path.read_text()), "version": 99, "sha256": "hashed otherwise"}
    path.write_text(json.dumps(newer))
    with pytest.raises(UserError, match="was written by a newer trickbench: its format is 99, this one knows up to"):
        registration.check(planned)


def test_a_folder_without_a_version_is_one_of_the_first(ablation):
    planned = ablation(seeds=[0, 1])
    registration.register(planned)
    path = planned.folder / "registration.json"
    path.write_text(json.dumps({key: value for key, value in json.loads(path.read_text()).items() if key != "version"}))
    assert registration.check(planned)
