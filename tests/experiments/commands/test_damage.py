"""A small file that is damaged costs what it held and nothing else: it is named in one line, the rest is shown."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from experiments import cli
from experiments.folder import LEDGER
from experiments.plan.trials import make_plan
from experiments.run import ledger
from tests.experiments.conftest import make_study, read_ablation

SPOILT = (None, True, 3, "text", [1], {"a": "b"})  # a value of another type
UNREADABLE = {
    "empty": b"",
    "binary": bytes(range(256)),
    "a list": b"[1, 2]",
    "no mapping": b"null",
    "deep": b"[" * 100_000,
}
TRIAL = "baseline/seed-1"
FILES = {
    f"{TRIAL}/result.json": ("status", "metrics", "cost", "versions", "made_from"),
    f"{TRIAL}/trial.json": ("made_from",),
    "cost/focal.json": ("layers", "parameters", "first_steps"),
    "registration.json": ("sha256", "arms", "metric"),
}


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished ablation of one trick and two seeds."""
    folder = tmp_path_factory.mktemp("pristine")
    make_study(folder, tricks=["focal.yaml"], seeds=2, placebo=False)
    return folder


@pytest.fixture
def folder(pristine: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return shutil.copytree(pristine, tmp_path / "copy", symlinks=True)


def say(folder: Path, command: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """The exit code of a command and all that it says."""
    words = [command, str(folder / "camvid-tricks.yaml"), "--runs", str(folder / "runs")]
    code = cli.main(words)
    said = capsys.readouterr()
    return code, said.out + said.err


def damages(path: Path, keys: tuple[str, ...]) -> Iterator[bytes]:
    """The file unreadable, cut short, without each of these keys, and with each of another type."""
    whole = path.read_bytes()
    yield from (*UNREADABLE.values(), whole[: len(whole) // 2])
    content: dict[str, Any] = json.loads(whole)
    for key in keys:
        yield json.dumps({k: v for k, v in content.items() if k != key}).encode()
        others = [value for value in SPOILT if not isinstance(value, type(content[key]))]
        numbers = (int, float)
        others = [v for v in others if not (type(v) in numbers and type(content[key]) in numbers)]
        yield from (json.dumps({**content, key: value}).encode() for value in others)


@pytest.mark.parametrize("name", FILES)
def test_a_damaged_file_is_named_and_the_rest_is_shown(folder, capsys, name):
    path = (folder / "runs/camvid-tricks" / name).resolve()
    for damage in damages(path, FILES[name]):
        path.write_bytes(damage)
        for command in ("status", "report"):
            code, said = say(folder, command, capsys)
            (line,) = (line for line in said.splitlines() if str(path) in line)
            assert "cannot be read" in line or "was edited" in line, damage
            assert code == 0, damage
            assert "focal" in said.replace(line, "")


@pytest.mark.parametrize("name", ["cost/focal.json", f"{TRIAL}/trial.json", "registration.json", LEDGER])
def test_a_finished_ablation_is_reported_over_a_damaged_file(folder, capsys, name):
    path = (folder / "runs/camvid-tricks" / name).resolve()
    path.write_bytes(path.read_bytes()[:-40])
    code, said = say(folder, "ablate", capsys)
    (line,) = (line for line in said.splitlines() if str(path) in line)
    assert ("delete" in line, code) == ((True, 2) if name == "registration.json" else (False, 0))


@pytest.mark.parametrize(
    "damage", [b"", b"epoch,step\n", bytes(range(256)), b"epoch,step,val/miou\n0,1,x\n", b"a\n1\n"]
)
def test_a_trial_without_its_epochs_is_not_done(folder, capsys, damage):
    path = (folder / "runs/camvid-tricks" / TRIAL / "metrics.csv").resolve()
    path.write_bytes(damage)
    for command in ("status", "report"):
        code, said = say(folder, command, capsys)
        assert (code, said.count(f"{path} cannot be read: the trial counts as not done")) == (0, 1)
    assert "1 of 2" not in said


@pytest.mark.parametrize("key", ["metrics", "cost", "versions"])
def test_a_value_inside_a_result_is_checked_too(folder, capsys, key):
    path = (folder / "runs/camvid-tricks" / TRIAL / "result.json").resolve()
    content = json.loads(path.read_text())
    for value in ([1], {"a": 1}, True):
        name = next(iter(content[key]))
        path.write_text(json.dumps({**content, key: {**content[key], name: value}}))
        for command in ("status", "report"):
            code, said = say(folder, command, capsys)
            assert (code, f"{path} cannot be read" in said) == (0, True)


def test_a_registration_that_was_edited_is_noticed(folder, capsys):
    path = folder / "runs/camvid-tricks/registration.json"
    path.write_text(path.read_text().replace('"sesoi": 0.01', '"sesoi": 0.5'))
    _, said = say(folder, "report", capsys)
    assert f"{path} was edited: its content does not have the hash" in said
    page = (folder / "runs/camvid-tricks/report.html").read_text()
    assert "was edited" in page
    assert "Not registered" in page
    assert say(folder, "ablate", capsys)[0] == 2


def test_a_line_behind_half_a_line_is_read(folder, capsys):
    planned = make_plan(read_ablation(str(folder / "camvid-tricks.yaml")), folder / "runs")
    path = planned.folder / LEDGER
    before = len(ledger.events(path))
    path.write_bytes(path.read_bytes() + b'{"time": 17, "ar')
    ledger.note(path, planned.trials[0], "launched")
    ledger.note(path, planned.trials[0], "failed")
    assert [event["event"] for event in ledger.events(path)[before:]] == ["launched", "failed"]
    assert f"{path}: 1 line cannot be read, so passed over" in say(folder, "status", capsys)[1]
    path.write_bytes(b'\xff\xfe\n[1]\n{"arm": 3, "seed": "x", "event": []}\n{}\n')
    assert f"{path}: 4 lines cannot be read" in say(folder, "report", capsys)[1]


@pytest.mark.parametrize("command", ["plan", "ablate", "status", "report"])
def test_a_folder_of_a_newer_version_is_left_alone(folder, capsys, command):
    path = folder / "runs/camvid-tricks/registration.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "version": 99, "sha256": "hashed otherwise"}))
    before = {file: file.read_bytes() for file in (folder / "runs").rglob("*") if file.is_file()}
    code, said = say(folder, command, capsys)
    assert (code, said.count("\n")) == (2, 1)
    assert "was written by a newer trickbench: its format is 99, this one knows up to" in said
    assert before == {file: file.read_bytes() for file in (folder / "runs").rglob("*") if file.is_file()}
