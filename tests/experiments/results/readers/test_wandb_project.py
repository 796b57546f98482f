"""`trickbench verdicts --from wandb ENTITY/PROJECT`, over a server on loopback."""

import json

import pytest

from experiments.cli import main
from tests.experiments.results.readers import logs
from tests.wandb_server import Run, serving

WORDS = ("verdicts", "me/losses", "--from", "wandb", "--metric", "val/miou", "--sesoi", "0.004")


@pytest.fixture
def server(monkeypatch, tmp_path):
    monkeypatch.setenv("WANDB_DIR", str(tmp_path))
    with serving() as server:
        for name, value in server.environment().items():
            monkeypatch.setenv(name, value)
        for arm, seed, values in logs.runs():
            config = {"model": {"value": {"loss": arm}}, "data": {"value": {"seed": seed}}, "_wandb": {"value": {}}}
            fields = {"displayName": f"{arm}-seed{seed}", "project": "losses", "config": json.dumps(config)}
            summary = {"val/miou": values[-1], "_step": 30, "best": {"epoch": 2}}
            run = Run(f"{arm[:1]}{seed}", fields, {"wandb-summary.json": [json.dumps(summary)]}, exits=[0])
            server.runs[run.name] = run
        yield server


def test_a_project_gives_the_verdicts_of_a_table(server, tmp_path, capsys):
    server.runs["f4"].exits[:] = [1]
    server.runs["f3"].exits[:] = []
    rows = [[arm, seed, values[-1]] for arm, seed, values in logs.runs() if (arm, seed) < ("focal", 3)]
    logs.table(tmp_path / "t.csv", ["arm", "seed", "val/miou"], rows)
    assert main(["verdicts", str(tmp_path / "t.csv"), *WORDS[4:]]) == 0
    expected = capsys.readouterr().out.splitlines()
    for naming in ((), ("--arm", "loss"), ("--runs", "{arm}-seed{seed}")):
        assert main([*WORDS, *naming]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert lines[:2] == expected[:2]
        assert {"Left out, status running: focal seed 3.", "Left out, status failed: focal seed 4."} <= set(lines)
    assert not server.unknown


def test_a_project_that_is_not_there(server, capsys):
    assert main(["verdicts", "me/nothing", *WORDS[2:]]) == 2
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1
    assert said[0].startswith("trickbench: error: cannot read me/nothing from W&B: Could not find project nothing")


def test_a_server_that_cannot_be_reached(server, monkeypatch, capsys):
    server.shutdown()
    server.server_close()
    assert main([*WORDS]) == 1
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1
    assert "connection refused" in said[0]


def test_a_server_that_wants_a_key(server, monkeypatch, tmp_path, capsys):
    monkeypatch.delenv("WANDB_API_KEY")
    monkeypatch.setenv("HOME", str(tmp_path))  # with no .netrc
    assert main([*WORDS]) == 1
    (said,) = capsys.readouterr().err.splitlines()
    assert "No API key configured" in said
    assert "wandb login" in said


def test_a_name_that_is_none(capsys):
    assert main(["verdicts", "losses", *WORDS[2:]]) == 2
    assert "cannot read losses: No such file or directory" in capsys.readouterr().err
