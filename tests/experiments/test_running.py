"""Forked processes are those that would have been started: what they say, how they end, what they find around them."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.experiments import tiny, warm
from tests.experiments.running import ENVIRONMENT, HOLD, LIMIT, wait_for

OURS = [sys.executable, "-m", "experiments"]
ASKED = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}


def ended(kind: type[subprocess.Popen], folder: Path, *words: str, **options) -> tuple[int, str, str]:
    with kind([*OURS, *words], cwd=folder, env={**ENVIRONMENT, "COLUMNS": "90"}, **ASKED, **options) as process:
        out, said = process.communicate(timeout=LIMIT)
    return process.returncode, out, said


@pytest.mark.parametrize(
    ("code", "words"),
    [(0, ("tricks", "--task", "detection")), (2, ("plan", "none.yaml")), (2, ("fit", "--config=none.yaml"))],
    ids=["done", "bad input", "bad input of a training"],
)
def test_a_forked_command_says_what_a_started_one_says(tmp_path, code, words):
    forked, anew = (ended(kind, tmp_path, *words) for kind in (warm.Popen, warm.Exec))
    assert forked == anew
    assert forked[0] == code


def test_a_signal_is_told_as_of_any_process(tmp_path):
    tiny.write(tmp_path, "base.yaml", {**tiny.BASELINE, "trainer": {"callbacks": ["tests.experiments.running.Held"]}})
    words = ["fit", "--config", "base.yaml", "--trainer.default_root_dir", "trials/it"]
    (tmp_path / HOLD).touch()
    with warm.Popen([*OURS, *words], cwd=tmp_path, env=ENVIRONMENT, start_new_session=True, **ASKED) as process:
        try:
            wait_for((tmp_path / "trials/it/metrics.csv").exists, process)
            assert process.poll() is None
            assert os.getpgid(process.pid) == os.getsid(process.pid) == process.pid
            assert os.readlink(f"/proc/{process.pid}/cwd") == str(tmp_path)
        finally:
            process.kill()
        process.communicate(timeout=LIMIT)
    assert process.returncode == -signal.SIGKILL


def test_what_counts_at_a_start_alone_is_started(tmp_path):
    """Another Python, variables that libraries read when they are imported, and code that hides ours."""
    (tmp_path / "experiments").mkdir()
    assert warm.fits(ENVIRONMENT | {"HOME": "/"})
    for own in ({"OMP_NUM_THREADS": "2"}, {"PYTHONWARNINGS": "error"}, {"PYTHONPATH": f"{tmp_path}:{warm.ROOT}"}):
        assert not warm.fits(ENVIRONMENT | own)
    assert not warm.command([str(Path(sys.executable).with_name("trickbench")), "tricks"])[1]
    assert not warm.command([sys.executable, "-W", "error", "-m", "experiments", "tricks"])[1]
