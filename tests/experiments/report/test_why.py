"""Why, told of made trials: the parts that were planted, what is left open, and nothing of trials that left nothing."""

import json

import pytest

from experiments.images import store
from experiments.plan.arms import Trial
from experiments.report import uncertainty, why
from experiments.report.bundle.bundled import bundle, verify
from experiments.report.page import render
from experiments.report.publish import write
from experiments.results.study import Study, read_study
from tests.experiments.conftest import DIVERGED, make_study
from tests.experiments.images.planted import Errs, tables
from tests.experiments.pages import read
from tests.packed import held

ARMS = {
    "baseline": Errs(),
    "fpn": Errs(misses_small=0.2),
    "focal": Errs(misses_rare=0.2),
    "warmup": Errs(blurs=0.25),
    "drop_path": Errs(),
    "placebo": Errs(),
}


def start(trial: Trial) -> None:
    """Say what a trial started from: 1000 pretrained weights, that drop path has lost, and 50 new ones."""
    new = f"{trial.seed:08}"
    old = new if trial.arm == "drop_path" else "12345678"
    result = json.loads((trial.folder / "result.json").read_text())
    result["start"] = {"weights": f"aaaaaaaa:{old}:1000 bbbbbbbb:{new}:50", "validation": "0"}
    (trial.folder / "result.json").write_text(json.dumps(result))


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Four tricks, each with a cause of its own; one trial of the baseline has left no images."""
    tricks = [f"{name}.yaml" for name in ("fpn", "focal", "warmup", "drop_path")]
    made = make_study(tmp_path_factory.mktemp("why"), tricks=tricks, seeds=6)
    for trial in made.plan.trials:
        start(trial)
        if (trial.arm, trial.seed) not in (DIVERGED, ("baseline", 5)):
            store.write(trial.folder / "images.npz", tables(ARMS[trial.arm], trial.arm, trial.seed))
    return read_study(made.plan)


def test_each_effect_is_told_with_its_part(study):
    *told, note = why.lines(study)
    named = {line.split()[0]: line for line in told}
    assert named["fpn"].startswith("fpn helps, and it is small objects that gain: +0.")
    assert "it is class sign that gains: +0." in named["focal"]
    assert "it is boundaries that gain: +0." in named["warmup"]
    assert named["drop_path"].startswith("drop_path hurts, and it starts with 0 % of its baseline’s pretrained weights")
    assert "hints, not verdicts" in note
    assert set(named) == {"fpn", "focal", "warmup", "drop_path"}  # and not the placebo


def test_seeds_and_images_are_told_apart(study):
    *told, note = uncertainty.lines(study)
    assert len(told) == 4
    assert all("5 seeds ±0." in line and "100 images ±0." in line for line in told)  # of six, one left no images
    assert "about these images" in note


def test_the_page_and_the_table_tell_it(study):
    root = read(render(study))
    (section,) = root.findall(".//section[@id='why']")
    text = " ".join("".join(section.itertext()).split())
    for expected in ("small objects that gain", "Boundaries", "Hints, not verdicts", "on 4 × the images"):
        assert expected in text
    write(study)
    (fpn,) = [e for e in json.loads((study.plan.folder / "why.json").read_text())["effects"] if e["effect"] == "fpn"]
    assert fpn["stands_out"] == ["size", "small"]
    assert fpn["standard_errors"]["paired_seeds"] == 5
    assert "it is small objects that gain" in (study.plan.folder / "table.md").read_text()


def test_a_bundle_holds_what_it_is_told_from(study, tmp_path):
    bundle(study.plan, tmp_path / "why.bundle")
    assert verify(tmp_path / "why.bundle")[1] == []
    files = held(tmp_path / "why.bundle")
    (page,) = [content for name, content in files.items() if name.endswith("report.html")]
    assert b"small objects that gain" in page
    assert len([name for name in files if name.endswith("images.npz")]) == len(list(study.plan.trials)) - 1


def test_the_same_study_gives_the_same_bytes(study):
    assert render(study) == render(read_study(study.plan))


def test_nothing_is_told_of_trials_that_left_nothing(partial_study):
    assert not why.lines(partial_study)
    assert not uncertainty.lines(partial_study)
    assert not read(render(partial_study)).findall(".//section[@id='why']")


def test_of_a_large_study_the_first_seeds_are_looked_into_and_the_page_says_so(study, monkeypatch):
    monkeypatch.setattr("experiments.results.looked_into.MOST", 20)  # of 36 trials, 6 arms
    large = read_study(study.plan)
    said = "Images were looked into of the first 3 seeds of each arm: a report has time for 20 of 36 trials."
    assert why.lines(large)[-1] == said
    assert {left.seeds for left in uncertainty.uncertainties(large)} == {3}
    (section,) = read(render(large)).findall(".//section[@id='why']")
    assert said in " ".join("".join(section.itertext()).split())
    monkeypatch.setattr("experiments.results.looked_into.MOST", 11)
    assert why.lines(read_study(study.plan))[-1].startswith("Images were looked into of one seed of each arm, too few")


def test_validations_of_other_images_are_not_compared(study):
    """One arm that was validated on fewer images has no pair left."""
    for trial in study.plan.trials:
        if trial.arm == "fpn":
            few = {**tables(ARMS["fpn"], "fpn", trial.seed)}
            few = {name: rows[:50] if name in ("places", "pixels", "boundary") else rows for name, rows in few.items()}
            few["objects"] = few["objects"][few["objects"]["image"] < 50]
            store.write(trial.folder / "images.npz", few)
    assert {line.split()[0] for line in why.lines(read_study(study.plan))[:-1]} == {"focal", "warmup", "drop_path"}
