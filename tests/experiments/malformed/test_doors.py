"""How commands end that the disk, a pipe or a key ends: through the installed command."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from lightning.pytorch import Callback

from experiments.trial import train
from tests.experiments import tiny
from tests.experiments.malformed import ablations, places
from tests.experiments.malformed.case import Case
from tests.experiments.running import LIMIT, wait_for

COMMAND = Path(sys.executable).with_name("trickbench")  # started anew: nothing is forked here
CALM = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3]), "OMP_NUM_THREADS": "1"}
KINDS = (ablations, places)  # one that needs no torch, one that does


def command(folder: Path, *argv: str, **options) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [COMMAND, *argv], cwd=folder, env=CALM, stderr=subprocess.PIPE, text=True, timeout=400, check=False, **options
    )


def one_line(said: str) -> str:
    assert len(said.splitlines()) == 1, said
    assert said.startswith("trickbench: error: ")
    return said


@pytest.mark.parametrize("case", [next(iter(kind.cases())) for kind in KINDS], ids=lambda case: case.name)
def test_the_installed_command_ends_like_the_call(case: Case, tmp_path):
    case.lay(tmp_path)
    ended = command(tmp_path, *case.words)
    assert ended.returncode == case.code
    assert any(part in one_line(ended.stderr) for part in case.says)


@pytest.fixture
def disk(tmp_path):
    """A disk of half a mebibyte with little left."""
    place = tmp_path / "disk"
    place.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=512k", "none", place], capture_output=True, check=False
    ).returncode:
        pytest.skip("mounting a disk needs root")
    (place / "full").write_bytes(bytes(508 * 1024))
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def test_a_full_disk_is_one_line_and_leaves_no_half_a_file(tmp_path, disk, capfd):
    assert train.main(tiny.fit(disk / "run")) == 1
    assert "No space left on device" in one_line(capfd.readouterr().err)
    left = [path for path in disk.rglob("*") if path.is_file() and path.name != "full"]
    assert not [path for path in left if path.name.startswith(".") or path.stat().st_size == 0], left
    assert not (disk / "run" / "result.json").exists()


@pytest.mark.parametrize("left", [0, 8 * 1024], ids=["nothing left", "a log fits"])
def test_a_full_disk_ends_an_ablation_in_one_line(tmp_path, disk, left):
    base = tiny.write(tmp_path, "base.yaml", tiny.BASELINE)
    tiny.write(tmp_path, "a.yaml", {"baseline": base, "tricks": ["focal"], "sesoi": 0.1, "seeds": 1})
    (disk / "full").write_bytes(bytes(512 * 1024 - left))
    ended = command(tmp_path, "ablate", "a.yaml", "--runs", str(disk))
    assert ended.returncode == 1
    assert "No space left on device" in one_line(ended.stderr)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="the system has no /dev/full")
def test_output_that_cannot_be_written_is_one_line(tmp_path):
    with open("/dev/full", "w") as full:
        ended = command(tmp_path, "tricks", stdout=full)
    assert (ended.returncode, one_line(ended.stderr)) == (1, "trickbench: error: No space left on device\n")


def test_a_folder_that_is_lost_on_the_way_is_one_line(tmp_path, capfd):
    lose = {"class_path": "tests.experiments.malformed.test_doors.Lose"}
    assert train.main(tiny.fit(tmp_path / "run", {"trainer": {"callbacks+": [lose]}})) == 1
    assert "run/" in one_line(capfd.readouterr().err)


def test_a_reader_that_goes_away_is_no_error(tmp_path):
    reads, writes = os.pipe()
    os.close(reads)
    ended = command(tmp_path, "tricks", stdout=writes)
    os.close(writes)
    assert ended.stderr == ""
    assert ended.returncode in (1, 141)  # rich ends with 1


def test_ctrl_c_is_one_line(tmp_path):
    argv = tiny.fit(tmp_path / "run", {"trainer": {"max_epochs": 1000}})
    streams = {"stderr": subprocess.PIPE, "stdout": subprocess.DEVNULL}
    with subprocess.Popen([COMMAND, *argv], cwd=tmp_path, env=CALM, text=True, **streams) as process:
        try:
            wait_for((tmp_path / "run" / "metrics.csv").exists, process)
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=LIMIT)
        finally:
            process.kill()
    assert (process.returncode, one_line(said)) == (130, "trickbench: error: stopped by Ctrl-C\n")


class Lose(Callback):
    """Puts a file in the place of the trial's folder before its second epoch."""

    def on_train_epoch_start(self, trainer, *_) -> None:
        folder = Path(trainer.default_root_dir)
        if trainer.current_epoch == 1:
            folder.rename(folder.with_name("elsewhere"))
            folder.write_text("")
