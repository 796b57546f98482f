"""A bundle verifies anywhere, and names what was changed in it."""

import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from experiments import cli
from experiments.report.bundle.archive import MANIFEST
from experiments.results.study import Study
from tests.experiments import conftest
from tests.experiments.report.bundle.packs import bundled, named, pack, verified
from tests.experiments.tiny import complaint
from tests.packed import Files, held

REPORT = ("report.html", "table.md", "table.tex", "trials.csv", "verdicts.json")


def test_it_holds_the_report_and_the_same_results_give_the_same_bytes(
    study: Study, files: Files, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["report", str(study.plan.ablation.file), "--runs", str(study.plan.folder.parent)]) == 0
    for name in REPORT[1:]:  # the page's commands are those to be given where it lies
        assert files[f"runs/camvid-tricks/{name}"] == (study.plan.folder / name).read_bytes()
    for trial in study.plan.trials:
        for name in ("result.json", "metrics.csv", "trial.json"):
            assert files[f"runs/trials/{trial.folder.name}/{name}"] == (trial.folder / name).read_bytes()
    os.utime(study.plan.folder / "ledger.jsonl", (1, 1))
    one, other = (bundled(study, tmp_path / name).read_bytes() for name in ("one", "other"))
    assert one == other
    assert len(one) < 1e6


@pytest.mark.parametrize(
    "settings",
    [
        {"placebo": None, "seeds": None, "looks": [2, 4]},
        {"placebo": None, "design": "path", "seeds": None, "looks": [2, 4]},
        {"design": "factorial", "tricks": ["focal.yaml", "fpn.yaml"], "seeds": 3, "placebo": None},
        {"tricks": ["focal", "fpn"], "conditions": {"as-is": {}, "long": "long.yaml"}},
    ],
    ids=["raced", "path", "factorial", "conditions"],
)
def test_it_verifies_elsewhere_when_the_ablation_is_gone(
    settings: dict[str, object],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "long.yaml").write_text("trainer: {max_epochs: 12}", encoding="utf-8")
    monkeypatch.setitem(conftest.FACTS, "full", conftest.FACTS["fpn"])
    study = conftest.make_study(home, **settings)
    bundle = bundled(study, tmp_path / "x.bundle")
    assert cli.main(["report", str(study.plan.ablation.file), "--runs", str(study.plan.folder.parent)]) == 0
    files = held(bundle)
    for name in REPORT[1:]:
        assert files[f"runs/camvid-tricks/{name}"] == (study.plan.folder / name).read_bytes(), name
    shutil.rmtree(home)
    (elsewhere := tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(elsewhere)
    code, said = verified(bundle, capsys)
    assert (code, "recomputed to the byte" in said) == (0, True), said
    assert not list(elsewhere.iterdir())


def test_it_verifies_where_the_command_line_said_where_the_data_lie(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study = conftest.make_study(tmp_path, set={"data": {"init_args": {"root": str(tmp_path)}}})
    file, bundle = study.plan.ablation.file, tmp_path / "x.bundle"
    trial = study.plan.trials[0]
    said_at_start = {"argv": [f"--trainer.default_root_dir={trial.folder}"], "made_from": trial.origin.record}
    (trial.folder / "trial.json").write_text(json.dumps(said_at_start), encoding="utf-8")
    config = {"trainer": {"default_root_dir": trial.place}, "data": {"init_args": {"root": str(tmp_path)}}}
    (trial.folder / "config.yaml").write_text(json.dumps(config), encoding="utf-8")
    said = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps({key: value for key, value in said.items() if key != "set"}), encoding="utf-8")
    words = [str(file), "--runs", str(study.plan.folder.parent)]
    assert cli.main(["report", *words]) == 2
    assert f"data.init_args.root was {tmp_path} and is" in capsys.readouterr().err
    (other := tmp_path / "other" / tmp_path.name).mkdir(parents=True)
    assert cli.main(["bundle", *words, "--data", str(other), "-o", str(bundle)]) == 2
    assert f"{file} changed after its registration in {study.plan.folder}" in complaint(capsys)
    assert cli.main(["bundle", *words, "--data", str(tmp_path), "-o", str(bundle)]) == 0
    code, told = verified(bundle, capsys)
    assert code == 0
    there = json.loads((study.plan.folder / "registration.json").read_text())["sha256"]
    assert f"where it was trained, with the path of its data: SHA-256 {there}" in told
    files = held(bundle)
    assert [name for name, content in files.items() if str(tmp_path).encode() in content] == []
    assert b'"by"' not in files[named(files, "ledger.jsonl")]  # a machine's name and a process
    root = yaml.safe_load(files[named(files, "/config.yaml")])["data"]["init_args"]["root"]
    assert root == tmp_path.name
    assert sum(name.endswith("/result.json") for name in files) == len(study.plan.trials)


@pytest.mark.parametrize("ending", ["registration.json", "/metrics.csv", "table.md", "tricks/fpn.yaml", MANIFEST])
def test_a_file_that_was_changed_is_named(
    ending: str, files: Files, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = named(files, ending)
    changed = re.sub(rb"\d(?=\D*$)", b"x", files[name])
    assert changed != files[name]
    code, said = verified(pack(tmp_path / "x.bundle", {**files, name: changed}), capsys)
    assert code == 1
    assert said.splitlines()[0] == f"{name} was changed"
    assert "recomputed" not in said


@pytest.mark.parametrize(("ending", "word"), [("trials.csv", "trials.csv"), ("/result.json", "report.html")])
def test_what_does_not_follow_from_the_results_is_named_though_its_hash_is_right(
    ending: str, word: str, files: Files, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = named(files, ending)
    before = b'"seconds_per_step": 0.0' if ending == "/result.json" else b"baseline,0,done,"
    false = files[name].replace(before, before[:-1] + b"5", 1)
    assert false != files[name]
    code, said = verified(pack(tmp_path / "x.bundle", {**files, name: false}, honest=True), capsys)
    assert code == 1
    assert f"{word} does not follow from the other files: recomputed, it differs from line " in said


def test_other_versions_are_said(files: Files, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    versions = json.loads(files[MANIFEST])["versions"] | {"trickbench": "0.0.9"}
    table = named(files, "table.md")
    other = {**files, table: files[table] + b"more\n"}
    code, said = verified(pack(tmp_path / "x.bundle", other, honest=True, versions=versions), capsys)
    assert code == 0
    assert "made by other versions: trickbench 0.0.9 (here 0." in said
    assert "this version writes otherwise: table.md; the numbers are the same\n" in said
    assert "table.md" not in said.split("to the byte: ")[1]
    numbers = named(files, "trials.csv")
    false = {**files, numbers: files[numbers] + b"more\n"}
    code, said = verified(pack(tmp_path / "z.bundle", false, honest=True, versions=versions), capsys)
    assert code == 1
    assert said.startswith("trials.csv does not follow from the other files")
    code, said = verified(pack(tmp_path / "y.bundle", files, honest=True, versions=versions), capsys)
    assert (code, "recomputed to the byte" in said, "0.0.9" in said) == (0, True, True)


def test_code_that_is_not_here_is_told_as_it_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "own_loss.py").write_text("class Own: ...\n", encoding="utf-8")
    study = conftest.make_study(home, set={"model": {"init_args": {"loss": {"class_path": "own_loss.Own"}}}})
    bundle = bundled(study, tmp_path / "fresh.bundle")
    (home / "own_loss.py").write_text("class Own: x = 1\n", encoding="utf-8")
    changed = bundled(study, tmp_path / "changed.bundle")
    shutil.rmtree(home)
    monkeypatch.chdir(tmp_path)
    for path, told in ((bundle, False), (changed, True)):
        assert verified(path, capsys)[0] == 0
        files = held(path)
        page = files["runs/camvid-tricks/report.html"].decode()
        assert not any(name.endswith(".py") for name in files)
        assert ("made by other code than is here now (own_loss changed)" in page) == told


def test_a_registration_that_was_edited_stays_so_and_a_licence_may_leave_images_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study = conftest.make_study(tmp_path, set={"data": {"init_args": {"root": str(tmp_path)}}})
    path, folder = study.plan.folder / "registration.json", study.plan.trials[0].folder
    said = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**said, "sesoi": 0.5}), encoding="utf-8")
    (folder / "pictures.zip").touch()
    (folder / "config.yaml").write_text("a: [", encoding="utf-8")  # damaged: told as it is
    words = [str(study.plan.ablation.file), "--runs", str(study.plan.folder.parent), "-o", str(tmp_path / "x.bundle")]
    for more, shown in ([], True), (["--no-images"], False):
        assert cli.main(["bundle", *words, *more]) == 0
        files = held(tmp_path / "x.bundle")
        assert any(name.endswith("pictures.zip") for name in files) == shown
        assert "was edited" in files["runs/camvid-tricks/report.html"].decode()
        assert "registered: SHA-256 nothing" in verified(tmp_path / "x.bundle", capsys)[1]


def test_nothing_finished_is_nothing_to_bundle(
    tmp_path: Path, make_study: Callable[..., Study], capsys: pytest.CaptureFixture[str]
) -> None:
    study = make_study(keep=lambda trial: False)
    file, runs = study.plan.ablation.file, study.plan.folder.parent
    assert cli.main(["bundle", str(file), "--runs", str(runs), "-o", str(tmp_path / "x")]) == 2
    assert "of 28 trials in" in complaint(capsys)
    assert not list(tmp_path.iterdir())
