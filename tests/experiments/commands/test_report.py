"""The report's files and its command."""

import csv
import subprocess
import sys
from collections.abc import Callable

import pytest

from experiments import cli
from experiments.folder import REGISTRATION
from experiments.report import publish
from experiments.report.page import render
from experiments.results.study import Study

NAMES = ("report.html", "table.md", "table.tex", "verdicts.json", "trials.csv")


def test_the_command_writes_three_files_and_prints_the_verdicts(
    make_study: Callable[..., Study], capsys: pytest.CaptureFixture[str]
) -> None:
    study = make_study()
    folder, file = study.plan.folder, study.plan.ablation.file
    assert cli.main(["report", str(file), "--runs", str(folder.parent)]) == 0
    printed = capsys.readouterr().out
    table = (folder / "table.md").read_text(encoding="utf-8")
    for verdict in study.verdicts:
        assert f"| {verdict.arm} | {verdict.k} | " in table
        assert any(line.startswith(verdict.arm) and verdict.verdict in line for line in printed.splitlines())
    assert all(str(folder / name) in printed for name in NAMES)
    assert (folder / "report.html").read_text(encoding="utf-8") == render(study)
    with (folder / "trials.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert [(row["arm"], int(row["seed"])) for row in rows] == [(t.arm, t.seed) for t in study.plan.trials]


def test_the_same_study_gives_the_same_bytes(make_study: Callable[..., Study]) -> None:
    study = make_study()
    first = [publish.write(study).with_name(name).read_bytes() for name in NAMES]
    assert [publish.write(study).with_name(name).read_bytes() for name in NAMES] == first


def test_a_report_that_fails_leaves_the_last_one(
    make_study: Callable[..., Study], monkeypatch: pytest.MonkeyPatch
) -> None:
    study = make_study()
    path = publish.write(study)
    before = {p.name: p.read_bytes() for p in path.parent.iterdir() if p.is_file()}
    monkeypatch.setattr("experiments.report.page.drawn", lambda study: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        publish.write(study)
    assert {p.name: p.read_bytes() for p in path.parent.iterdir() if p.is_file()} == before


def test_nothing_run_is_said_and_nothing_is_made(
    make_study: Callable[..., Study], capsys: pytest.CaptureFixture[str]
) -> None:
    study = make_study()
    elsewhere = study.plan.folder.parent / "elsewhere"
    assert cli.main(["report", str(study.plan.ablation.file), "--runs", str(elsewhere)]) == 2
    assert "nothing was run there" in capsys.readouterr().err
    assert not elsewhere.exists()


def test_a_folder_without_results_says_what_its_page_shows(
    make_study: Callable[..., Study], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = make_study(keep=lambda trial: False).plan.folder
    path = folder / REGISTRATION
    path.write_text(path.read_text()[:-40])
    assert cli.main(["report", str(folder.parents[1] / "camvid-tricks.yaml"), "--runs", str(folder.parent)]) == 2
    said = capsys.readouterr()
    assert f"{path} cannot be read: the ablation counts as not registered" in said.out
    assert said.err.endswith("so nothing can be said yet; report.html there shows where they stand\n")
    assert (folder / publish.PAGE).exists()


def test_the_command_starts_without_what_only_the_page_needs() -> None:
    code = "import sys, experiments.report; print({'torch', 'scipy', 'jinja2'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
