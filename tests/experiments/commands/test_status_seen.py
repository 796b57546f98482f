"""What `status` has seen it need not read again, and says the same: whatever has changed since is read."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from experiments import cli, source
from experiments.declare.ablation import read_ablation
from experiments.folder import METRICS, RESULT, SEEN, State
from experiments.plan.trials import make_plan
from experiments.results import seen
from experiments.run import outcome
from tests.experiments.conftest import make_study

Say = Callable[[], str]


@pytest.fixture(name="say")
def say_fixture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Say:
    """What `status` says of a finished ablation of four trials, which are worth remembering."""
    make_study(tmp_path, tricks=["focal.yaml"], seeds=2, placebo=False)
    cost = tmp_path / "runs/camvid-tricks/cost/focal.json"
    cost.write_text(json.dumps({**json.loads(cost.read_text()), "first_steps": [0.2]}))  # an arm that acts
    monkeypatch.setattr(seen, "WORTH", 1)
    monkeypatch.chdir(tmp_path)

    def say() -> str:
        assert cli.main(["status", "camvid-tricks.yaml"]) == 0
        return capsys.readouterr().out

    return say


def trial_folder(arm: str, seed: int) -> Path:
    return make_plan(read_ablation("camvid-tricks.yaml")).by_seed[arm][seed].folder


def test_what_was_seen_is_not_read_again(say, monkeypatch):
    path = trial_folder("focal", 1) / RESULT
    result = json.loads(path.read_text())
    result["made_from"]["code"]["lightning_modules.losses.focal"] = "of other code"
    path.write_text(json.dumps(result))
    first = say()
    assert "focal, seed 1: made by other code than is here now (lightning_modules.losses.focal changed)" in first
    with monkeypatch.context() as context:
        context.setattr(outcome, "read_once", lambda path, read: pytest.fail(f"{path} was read"))
        context.setattr(source, "_known", {})  # as another process begins
        context.setattr(source, "_parsed", lambda path: pytest.fail(f"{path} was parsed"))
        assert say() == first
    (Path("runs/camvid-tricks") / SEEN).write_bytes(b"\xff damaged")
    assert say() == first


def test_names_of_arms_stay_whole_in_a_narrow_terminal(say, monkeypatch):
    monkeypatch.setenv("COLUMNS", "68")
    table = say().partition("\n\n")[0].splitlines()
    assert "".join(line[1:8].strip() for line in table[1:]) == "baselinefocal"


@pytest.mark.parametrize("name", [RESULT, METRICS, "trial.json"])
def test_a_file_that_was_spoilt_since_is_named(say, name):
    say()
    path = trial_folder("focal", 1) / name
    path.write_bytes(path.read_bytes()[:-9] + b"\xff" * 9)  # as long as before
    assert f"{path} cannot be read" in say()


def test_a_result_of_the_same_size_and_time_at_another_place_is_another(say):
    say()
    path = trial_folder("focal", 1) / RESULT
    before, content = path.stat(), json.loads(path.read_text())
    other = path.with_name("other")
    other.write_text(json.dumps({**content, "status": "none"}).ljust(before.st_size)[: before.st_size])
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    other.replace(path)
    assert "1 " in next(line for line in say().splitlines() if line.startswith(" focal"))


def test_a_trial_that_other_code_made_is_read(say, monkeypatch):
    say()
    planned = make_plan(read_ablation("camvid-tricks.yaml"))
    assert {each.state for each in seen.seen_before(planned).values()} == {State.DONE}
    trial = planned.trials[0]
    monkeypatch.setitem(trial.origin.code.__dict__, "digest", "of other code")
    assert trial.origin.address not in seen.seen_before(planned)


@pytest.mark.parametrize(
    "sources",
    [
        7,
        {"a": 7},
        {"a": ["hash"]},
        {"a": [7, []]},
        {"a": ["hash", [[0, "b", "c"]]]},
        {"a": ["hash", [["0", "b", "c", ""]]]},
    ],
)
def test_of_sources_that_are_damaged_nothing_is_believed(sources, monkeypatch):
    monkeypatch.setattr(source, "_known", {})
    source.know({**source.told(), "sources": sources})
    source.know({"reader": ["0.0", None], "sources": {"a": ["hash", []]}})
    source.know(None)
    assert source.told()["sources"] == {}


def test_a_small_ablation_gets_no_such_file(say, monkeypatch):
    monkeypatch.setattr(seen, "WORTH", 500)
    say()
    assert not (Path("runs/camvid-tricks") / SEEN).exists()
