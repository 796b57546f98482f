"""A folder of temporary files that something cleans while an ablation runs, as systemd does after days."""

import shutil
import subprocess
import tempfile
from pathlib import Path

from experiments.folder import LEDGER
from experiments.run import ledger
from tests.experiments import tiny
from tests.experiments.running import ENVIRONMENT, HOLD, LIMIT, started, wait_for


def test_it_is_said_in_a_line_and_nothing_is_lost(tmp_path):
    held = {"trainer": {"callbacks": ["tests.experiments.running.Held"]}}
    base = tiny.write(tmp_path, "base.yaml", tiny.BASELINE | held | {"trainer": {"max_epochs": 2, **held["trainer"]}})
    trick = tiny.write(tmp_path, "focal.yaml", tiny.model(loss={"class_path": "Focal"}))
    keys = {"baseline": base, "tricks": [trick], "sesoi": 0.02, "metric": "val/accuracy", "seeds": 1}
    tiny.write(tmp_path, "matrix.yaml", keys)
    (tmp_path / HOLD).touch()
    with tempfile.TemporaryDirectory() as temporary:  # a short path: that of a socket has 107 characters at most
        environment = ENVIRONMENT | {"TMPDIR": temporary, "PYTHONWARNINGS": "default"}
        words, options = ("ablate", "matrix.yaml", "--jobs", "1"), {"env": environment, "stderr": subprocess.PIPE}
        with started(tmp_path, *words, **options) as process:
            wait_for(lambda: ledger.events(tmp_path / "runs/matrix" / LEDGER), process)
            for each in Path(temporary).glob("pymp-*"):
                shutil.rmtree(each)
            (tmp_path / HOLD).unlink()
            _, err = process.communicate(timeout=LIMIT)
        assert process.returncode == 2, err
        assert "a file of the process that starts trials is gone from " in err
        with started(tmp_path, *words, **options) as process:
            _, err = process.communicate(timeout=LIMIT)
    assert process.returncode == 0, err
    assert tiny.statuses(tmp_path) == {"baseline": {"done": 1}, "focal": {"done": 1}}
