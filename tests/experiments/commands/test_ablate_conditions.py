"""A trick under two conditions, through the real command."""

import csv
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.experiments import tiny
from tests.experiments.commands.test_ablate import ablate, environment
from tests.experiments.pages import find, read, text

NAMES = ("few/focal", "many/focal", "focal: many − few")
ARMS = ("few/baseline", "few/focal", "many/baseline", "many/focal")


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder in which an ablation of one trick, two conditions and two seeds was run, and what was printed."""
    folder = tmp_path_factory.mktemp("conditions")
    base = tiny.write(folder, "base.yaml", {**tiny.BASELINE, "trainer": {"max_epochs": 1}})
    trick = tiny.write(folder, "focal.yaml", tiny.model(loss={"class_path": "Focal", "init_args": {"gamma": 1.0}}))
    few, many = ({"data": {"init_args": {"train_scenes": scenes}}} for scenes in (8, 24))
    conditions = {"few": few, "many": tiny.write(folder, "many.yaml", many)}
    expects = {"focal": {"few": "equivalent", "difference": "helps"}}
    keys = {"baseline": base, "tricks": [trick], "seeds": 2, "sesoi": 0.01, "metric": "val/miou", "threads": 1}
    tiny.write(folder, "matrix.yaml", {**keys, "conditions": conditions, "expects": expects})
    done = ablate(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder, done.stdout


def test_each_condition_has_its_own_arms_costs_and_folders(finished):
    folder, printed = finished
    runs = folder / "runs/matrix"
    assert "8/8 " in printed
    assert all((runs / arm / f"seed-{seed}/result.json").is_file() for arm in ARMS for seed in (0, 1))
    assert all((runs / "cost" / f"{arm}.json").is_file() for arm in ARMS)
    with (runs / "trials.csv").open() as file:
        assert list(dict.fromkeys(row["arm"] for row in csv.DictReader(file))) == list(ARMS)
    ratios = dict(re.findall(r"^ *(\w+/\w+) .* (\d+\.\d\d) +[\d,]+ +[\d.]+ *$", printed, re.MULTILINE))
    assert [ratios[arm] for arm in ("few/baseline", "many/baseline")] == ["1.00", "1.00"]


def test_effects_and_their_difference_are_those_of_the_runs(finished):
    folder, printed = finished
    with (folder / "runs/matrix/trials.csv").open() as file:
        miou = {(row["arm"], row["seed"]): float(row["val/miou"]) for row in csv.DictReader(file)}
    few, many = (
        sum(miou[f"{condition}/focal", k] - miou[f"{condition}/baseline", k] for k in "01") / 2
        for condition in ("few", "many")
    )
    rows = {re.split(" {2,}", line)[0]: line for line in printed.splitlines()}
    table = (folder / "runs/matrix/table.md").read_text()
    for name, effect in zip(NAMES, (few, many, many - few), strict=True):
        assert f"{effect:+.3f}" in rows[name]
        assert f"| {name} | 2 | {effect:+.3f} |" in table
    for shown in (printed, table):
        assert "to the baseline under the same condition or between a trick's effects under two conditions" in shown
        assert ".05 over 3 effects" in shown


def test_the_registration_holds_conditions_and_expectations(finished):
    registered = json.loads((finished[0] / "runs/matrix/registration.json").read_text())
    assert registered["conditions"] == ["few", "many"]
    assert registered["effects"] == dict(zip(NAMES, ("equivalent", "unknown", "helps"), strict=True))


def test_the_page_shows_each_effect_and_what_it_is_compared_with(finished):
    page = (finished[0] / "runs/matrix/report.html").read_text()
    root = read(page)
    rows = [text(row.find("th")) for row in find(root, "table", **{"class": "verdicts"})[0].find("tbody").iter("tr")]
    shown = [re.sub(r"\s+", " ", row) for row in rows]
    assert shown == [
        *("Baseline (few) base", "Baseline (many) base"),
        *("focal (few) few/focal", "focal (many) many/focal", "focal (many − few) focal: many − few"),
    ]
    assert "under the conditions few and many, each with a baseline of its own," in page
    assert re.search(r"The baseline reaches val/miou [\d. ±]+ under few and [\d. ±]+ under many \(mean ", text(root))


def test_plan_tells_what_is_compared(finished):
    command = [sys.executable, "-m", "experiments", "plan", "matrix.yaml"]
    done = subprocess.run(command, cwd=finished[0], env=environment(), capture_output=True, text=True, check=True)
    assert "4 arms × 2 seeds = 8 trials" in done.stdout
    assert "(registered)" in done.stdout
    assert re.search(r"focal +many/focal − many/baseline +many/alone", done.stdout)
    assert re.search(r"focal +many − few +difference", done.stdout)
