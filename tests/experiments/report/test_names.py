"""Names that somebody chose stay text in every file, and commands on the page work as printed."""

import codecs
import csv
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from experiments.cli import main
from experiments.report.page import render
from experiments.report.publish import write
from tests.experiments import conftest, tiny
from tests.experiments.pages import find, read, text

EVIL = "=cmd|<b>_x_ `a` & 'b' $HOME"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A finished ablation with names that mean something to a shell, a browser, a spreadsheet and Markdown."""
    folder = tmp_path / "it's; a $HOME"
    folder.mkdir()
    monkeypatch.setitem(conftest.TRICKS, EVIL, ("", "unknown", "loss: {class_path: Dice}"))
    monkeypatch.setitem(conftest.FACTS, EVIL, conftest.FACTS["focal"])
    alternatives = [[f"{EVIL}.yaml", "focal.yaml"], "fpn.yaml"]
    conftest.make_study(folder, tricks=alternatives, name="a 'b'", placebo=False)
    (folder / "camvid-tricks.yaml").rename(folder / "-a b'c.yaml")
    monkeypatch.chdir(folder)
    assert main(["report", "./-a b'c.yaml", "--runs", "runs"]) == 0
    return folder


def test_names_stay_text_in_files(folder: Path) -> None:
    out = folder / "runs/a 'b'"
    with (out / "trials.csv").open(newline="") as file:
        assert {row["arm"] for row in csv.DictReader(file)} == {"baseline", f"'{EVIL}", "focal", "fpn"}
    line = next(line for line in (out / "table.md").read_text().splitlines() if "cmd" in line)
    assert line.startswith(r"| \=cmd\|\<b\>\_x\_ \`a\` \& 'b' \$HOME | 4 |")
    tex = next(line for line in (out / "table.tex").read_text().splitlines() if line.startswith("=cmd"))
    assert tex.startswith(r"=cmd\textbar{}\textless{}b\textgreater{}\_x\_ `a` \& 'b' \$HOME & 4 & $")
    judged = json.loads((out / "verdicts.json").read_text())
    assert [arm["arm"] for arm in judged["arms"]] == [EVIL, "focal", "fpn"]
    assert judged["arms"][2]["low"] > 0 > judged["arms"][0]["equivalence_low"]
    root = read((out / "report.html").read_text())
    assert EVIL in text(find(root, "section", id="verdicts")[0])
    assert not [element for element in root.iter("b") if "_x_" in text(element)]


def test_chinese_names_are_read_by_spreadsheets_and_by_latex(make_study, monkeypatch) -> None:
    monkeypatch.setitem(conftest.TRICKS, "焦点损失", conftest.TRICKS["focal"])
    monkeypatch.setitem(conftest.FACTS, "焦点损失", conftest.FACTS["focal"])
    for name in ("focal", "焦点损失"):
        out = write(make_study(tricks=[f"{name}.yaml"])).parent
        table, tex = (out / "trials.csv").read_bytes(), (out / "table.tex").read_text().splitlines()[0]
        assert table.startswith(codecs.BOM_UTF8) == (name == "焦点损失")  # Excel takes it for GBK or Latin else
        assert ("ctex" in tex) == (name == "焦点损失")
    words = ["verdicts", str(out / "trials.csv"), "--metric", "val/miou", "--sesoi", "0.01"]
    assert main(words) == 0


def test_a_title_stays_text_in_any_script_and_turns_nothing(make_study, monkeypatch) -> None:
    titles = {
        "fpn": "<script>alert(1)</script> & \"x\" 'y'",
        "focal": "😀 👩\u200d👩\u200d👧 \u202etrats\u202c",
        "warmup": "طريقة التدريب",
        "drop_path": "W" * 200,
    }
    for name, title in titles.items():
        monkeypatch.setitem(conftest.TRICKS, name, (title, *conftest.TRICKS[name][1:]))
    study = make_study(tricks=[f"{name}.yaml" for name in titles])
    html = render(study)
    assert html.count("<script") == 1  # its own
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", html)
    root = read(html)
    shown = {name: text(find(root, "tr", id=f"arm-{name}")[0][0]) for name in titles}
    assert shown == {name: f"{title} {name}" for name, title in titles.items()} | {
        "focal": "😀 👩\u200d👩\u200d👧 trats focal"
    }


def test_commands_work_as_printed(folder: Path) -> None:
    root = read((folder / "runs/a 'b'/report.html").read_text())
    recipe, fit, ablate = ("".join(code.itertext()) for code in find(root, "code") if "trickbench " in text(code))
    config = tiny.BASELINE | {"trainer": {"max_epochs": 1, "limit_train_batches": 1, "default_root_dir": "again"}}
    (folder / "runs/a 'b'/baseline/seed-0/config.yaml").write_text(json.dumps(config))
    for command in (recipe.splitlines()[0], fit, ablate):
        done = subprocess.run(command, shell=True, env=_environment(), capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    assert (folder / "again/result.json").exists()
    assert (folder / "recipe.yaml").exists()


def _environment() -> dict[str, str]:
    programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return {**os.environ, "PATH": programs, "PYTHONPATH": str(Path(__file__).parents[3])}
