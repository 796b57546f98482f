"""A checkpoint is whole or it is not there; one that is broken is set aside."""

import contextlib
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from experiments.run import attempts
from experiments.trial import train
from tests.experiments.run.test_origin import matrix
from tests.experiments.tiny import fit


def cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def flipped(content: bytes) -> bytes:
    """The same with a block of zeros in the middle, as after a power failure."""
    half = len(content) // 2
    return content[:half] + bytes(4096) + content[half + 4096 :]


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> bytes:
    folder = tmp_path_factory.mktemp("written")
    assert train.main(fit(folder, words=("--trainer.max_epochs=1",))) == 0
    return (folder / "checkpoints/last.ckpt").read_bytes()


@pytest.mark.parametrize("broken", [cut, flipped, lambda content: b""], ids=["cut", "with zeros", "empty"])
def test_a_trial_with_a_broken_checkpoint_starts_over(tmp_path, capsys, written, broken: Callable[[bytes], bytes]):
    trial = matrix(tmp_path).trials[0]
    attempts.take(trial)
    checkpoint = trial.folder / "checkpoints/last.ckpt"
    checkpoint.parent.mkdir(parents=True)
    checkpoint.write_bytes(broken(written))
    assert attempts.attempt(trial) == 0
    assert f"{checkpoint} cannot be read; it is now {checkpoint}.unreadable" in capsys.readouterr().out
    assert Path(f"{checkpoint}.unreadable").read_bytes() == broken(written)
    assert attempts.result(trial)


def test_checkpoints_do_not_go_through_the_folder_for_temporary_files(tmp_path, monkeypatch):
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "mkstemp", full)
    assert train.main(fit(tmp_path, words=("--trainer.max_epochs=1",))) == 0
    assert [path.name for path in (tmp_path / "checkpoints").iterdir()] == ["last.ckpt"]


def test_where_a_disk_is_full_the_last_checkpoint_stays(tmp_path, monkeypatch):
    saves, save = [], torch.save

    def half_of_the_second(checkpoint: object, path: Path) -> None:
        saves.append(path)
        if len(saves) < 2:
            save(checkpoint, path)
            return
        path.write_bytes(b"half of it")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch, "save", half_of_the_second)
    with contextlib.suppress(OSError):
        assert train.main(fit(tmp_path)) != 0
    assert len(saves) == 2
    assert [path.name for path in (tmp_path / "checkpoints").iterdir()] == ["last.ckpt"]
    assert torch.load(tmp_path / "checkpoints/last.ckpt", weights_only=True)["global_step"] == 4
