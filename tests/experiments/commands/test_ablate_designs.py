"""Several designs in one ablation, through the real command."""

import csv
import re
from pathlib import Path

import pytest

from tests.experiments import tiny
from tests.experiments.commands.test_ablate import ablate
from tests.experiments.pages import find, read, text

ROWS = (
    *("focal", "heavy", "focal: full − heavy", "heavy: full − focal"),
    *("focal: average of factorial", "heavy: average of factorial"),
)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder of a finished ablation of two tricks and three designs, and what the command printed."""
    folder = tmp_path_factory.mktemp("designs")
    base = tiny.write(folder, "base.yaml", {**tiny.BASELINE, "trainer": {"max_epochs": 1}})
    tricks = {
        "focal": tiny.model(loss={"class_path": "Focal", "init_args": {"gamma": 1.0}}),
        "heavy": tiny.model(optimizer={"init_args": {"momentum": 0.5}}),
    }
    names = [tiny.write(folder, f"{name}.yaml", content) for name, content in tricks.items()]
    keys = {"baseline": base, "tricks": names, "seeds": 1, "sesoi": 0.01, "metric": "val/miou"}
    tiny.write(folder, "matrix.yaml", {**keys, "design": ["alone", "without", "factorial"], "threads": 1})
    done = ablate(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "runs/matrix", done.stdout


def test_what_designs_share_is_trained_once(finished):
    folder, printed = finished
    with (folder / "trials.csv").open() as file:
        rows = [(row["arm"], row["seed"], row["status"]) for row in csv.DictReader(file)]
    assert rows == [(arm, "0", "done") for arm in ("baseline", "focal", "heavy", "full")]
    assert "4/4 " in printed


def test_every_effect_has_its_verdict_and_says_what_is_compared_with_what(finished):
    folder, printed = finished
    table = (folder / "table.md").read_text()
    for name in ROWS:
        assert any(line.startswith(f"{name}  ") for line in printed.splitlines())
        assert f"| {name} | 1 |" in table
    for shown in (printed, table):
        assert "to the baseline or between the two arms named or between the arms with the trick and those" in shown
        assert ".05 over 6 effects" in shown


def test_effects_are_the_differences_of_the_arms_named(finished):
    folder, printed = finished
    with (folder / "trials.csv").open() as file:
        miou = {row["arm"]: float(row["val/miou"]) for row in csv.DictReader(file)}
    shown = {line.split("  ")[0]: line for line in printed.splitlines()}
    gain = miou["full"] - miou["heavy"]
    assert f"{gain:+.3f}" in shown["focal: full − heavy"]
    assert f"{gain - miou['focal'] + miou['baseline']:+.3f}" in shown["focal × heavy"]


def test_the_page_shows_every_effect_once(finished):
    root = read((finished[0] / "report.html").read_text())
    rows = [row for row in root.iter("tr") if row.get("id", "").startswith("arm-")]
    assert [re.sub(r"\s+", " ", text(row.find("th"))) for row in rows] == [
        *("focal focal", "heavy heavy"),
        *("focal (full − heavy) focal: full − heavy", "heavy (full − focal) heavy: full − focal"),
        *(f"{t} (average of factorial) {t}: average of factorial" for t in ("focal", "heavy")),
    ]
    assert len(find(root, "section", id="curves")[0].findall(".//figure")) == 1 + 4 + 2
