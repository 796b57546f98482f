"""Malformed inputs, generated, through every command: one clear line each, no traceback, no wait, nothing left."""

import faulthandler
import signal
from pathlib import Path

import pytest

from experiments import cli
from experiments.folder import LEASE
from experiments.trial import train
from tests.experiments.malformed import ablations, accepted, checkpoints, files, places, tables, trainings, words
from tests.experiments.malformed.case import Case, numbered

assert train  # loaded before the clock starts
SECONDS = 90  # on a loaded machine; most take a tenth of one
LONGEST = 450
RESULTS = ("result.json", "metrics.csv", "registration.json", "last.ckpt", "report.html")
MALFORMED = numbered(
    case for kind in (trainings, checkpoints, places, files, ablations, words, tables) for case in kind.cases()
)


@pytest.fixture(autouse=True)
def _in_time():
    def late(*_):
        pytest.fail(f"no end after {SECONDS} seconds")

    before = signal.signal(signal.SIGALRM, late)
    faulthandler.dump_traceback_later(4 * SECONDS, exit=True)  # for what no signal reaches
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    faulthandler.cancel_dump_traceback_later()
    signal.signal(signal.SIGALRM, before)


def run(case: Case, folder: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.chdir(folder)
    case.lay(folder)
    return cli.main(case.words)


def left(folder: Path) -> list[str]:
    """Results, and parts of files that were never finished; who had a folder stays written there."""
    found = (path for path in folder.rglob("*") if LEASE not in path.parts)
    return [str(path) for path in found if path.name in RESULTS or path.name.startswith(".")]


@pytest.mark.parametrize("case", MALFORMED, ids=lambda case: case.name)
def test_a_malformed_input_is_one_line(case, tmp_path, monkeypatch, capfd):
    assert run(case, tmp_path, monkeypatch) == case.code
    said = capfd.readouterr().err.splitlines()
    assert len(said) == 1, said
    assert said[0].startswith("trickbench: error: ")
    assert len(said[0]) <= LONGEST
    assert any(words in said[0] for words in case.says), said[0]
    assert not left(tmp_path)


@pytest.mark.parametrize("case", numbered(accepted.cases()), ids=lambda case: case.name)
def test_what_is_right_is_accepted(case, tmp_path, monkeypatch, capfd):
    assert run(case, tmp_path, monkeypatch) == 0, capfd.readouterr().err


def test_there_are_hundreds_of_them_for_every_command():
    counts = {command: sum(case.words[:1] == (command,) for case in MALFORMED) for command in COMMANDS}
    assert min(counts.values()) >= 5, counts
    assert len(MALFORMED) >= 451


COMMANDS = ("fit", "validate", "test", "predict", *words.COMMANDS)
