"""Whatever is killed, whenever, and whatever befalls the disk: the same table, nothing trained twice."""

import functools
import random
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import torch
from lightning.pytorch import Callback

from experiments.folder import LEDGER
from experiments.run import ledger
from tests.experiments.commands.killing import PARTS, Harassed, disk
from tests.experiments.commands.test_runners import TRACE, ablate, ablation, table

ENDS = ("done", "diverged", "failed", "taken")
EPOCHS = 3


class Heavy(Callback):
    """Takes its place in a checkpoint, so that writing one takes a while, and its time."""

    def on_train_epoch_start(self, *_) -> None:
        time.sleep(0.3)

    def state_dict(self) -> dict[str, torch.Tensor]:
        return {"load": torch.zeros(2**21)}  # 8 MiB


def matrix(folder: Path, seeds: int) -> Path:
    callbacks = [f"tests.experiments.commands.{name}" for name in ("test_runners.Traced", "test_kills.Heavy")]
    trainer = {"max_epochs": EPOCHS, "callbacks": [{"class_path": name} for name in callbacks]}
    return ablation(folder, set={"trainer": trainer}, seeds=seeds)


@pytest.fixture(scope="module")
def left_alone(tmp_path_factory) -> Callable[[int], Path]:
    """Makes an ablation of so many seeds that was left alone, once."""

    @functools.cache
    def made(seeds: int) -> Path:
        folder = matrix(tmp_path_factory.mktemp("alone"), seeds)
        with ablate(folder) as process:
            said, _ = process.communicate(timeout=500)
        assert process.returncode == 0, said
        return folder

    return made


def curves(folder: Path) -> dict[str, bytes]:
    """What each trial that learns recorded."""
    arms = ("baseline", "focal")
    found = {
        f"{arm} {path.parent.name}": path for arm in arms for path in folder.glob(f"runs/mine/{arm}/*/metrics.csv")
    }
    return {name: path.read_bytes() for name, path in found.items()}


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are found in /proc")
@pytest.mark.parametrize(
    ("seeds", "moments", "runners", "seed"),
    [
        (2, 10, 1, 0),
        (2, 10, 2, 1),
        pytest.param(2, 50, 1, 2, marks=pytest.mark.kills),
        pytest.param(8, 50, 2, 3, marks=pytest.mark.kills),  # two runners are done with few seeds before all happens
    ],
)
def test_what_befalls_it_changes_nothing(left_alone, seeds, moments, runners, seed):
    alone = left_alone(seeds)
    elsewhere = "/dev/shm" if Path("/dev/shm").is_dir() else None  # another file system
    with disk() as (place, own), tempfile.TemporaryDirectory(dir=elsewhere) as temporary:
        folder = place / "work"
        folder.mkdir()
        matrix(folder, seeds)
        shutil.copytree(alone / "runs/mine/cost", folder / "runs/mine/cost")  # measured once for all
        with closing(Harassed(folder, own, Path(temporary), runners, random.Random(seed))) as harassed:
            harassed.befall(moments)
            assert harassed.happened.total() >= moments - 3, harassed.happened
            harassed.end()
            harassed.runners = [harassed.start()]  # left alone
            harassed.end()
        said = (place / "said.txt").read_text()
        assert harassed.runners[0].returncode == 0, said
        assert "Traceback" not in said, said
        assert table(folder) == table(alone)
        assert curves(folder) == curves(alone)
        assert not list(folder.glob(PARTS)), "halves of checkpoints are left"
        told = ledger.events(folder / "runs/mine" / LEDGER)
        _check_training(folder)
        _check_ledger(told, harassed.happened, runners)


def _check_training(folder: Path) -> None:
    """One process at a time, each from where the last one's checkpoint was."""
    for trial in (folder / "runs/trials").iterdir():
        lines = [tuple(map(int, line.split())) for line in (trial / TRACE).read_text().splitlines()]
        processes = [pid for i, (pid, _) in enumerate(lines) if i == 0 or lines[i - 1][0] != pid]
        assert len(processes) == len(set(processes)), f"two at a time: {lines}"
        again = Counter(epoch for _, epoch in lines)
        assert sum(again.values()) - len(again) <= len(processes) - 1, f"more again than was cut off: {lines}"


def _check_ledger(told: list[dict[str, object]], happened: Counter[str], runners: int) -> None:
    whats = Counter(str(each["event"]) for each in told)
    ends = Counter((each["arm"], each["seed"]) for each in told if each["event"] in ("done", "diverged"))
    assert set(ends.values()) <= {1}
    disks = happened["full"] + happened["read-only"]
    lost = happened["runner"] + runners * disks  # ends that nobody could note
    assert whats["launched"] - sum(whats[end] for end in ENDS) <= lost
