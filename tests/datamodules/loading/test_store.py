"""What is decoded once for all processes of a machine: the same samples, whole or not there, and never stale."""

import copy
import multiprocessing
import os
import pickle
import resource
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from datamodules import DenseData, ImageMaskFolder
from datamodules.loading.cached import Cached, identity
from datamodules.loading.store import Arrays, Stored, shared
from tests.datamodules.numbered import Numbered
from tests.datamodules.test_contract import MAKERS, _masks

FORK = multiprocessing.get_context("fork")  # what is forked only writes arrays
COUNT = 6


@pytest.fixture(autouse=True)
def stores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    place = tmp_path / "stores"
    monkeypatch.setenv("TRICKBENCH_CACHE", str(place))
    return place


def opened(data: DenseData) -> Cached:
    data.setup("fit")
    data.train_dataloader()
    source = data.source("train")
    assert isinstance(source, Cached)
    return source


@pytest.mark.parametrize("cls", MAKERS, ids=lambda cls: cls.__name__)
def test_samples_of_a_store_are_those_of_the_source_and_the_next_module_finds_them(cls: Any, tmp_path: Path) -> None:
    data = MAKERS[cls](tmp_path)
    other = copy.deepcopy(data)
    source = opened(data)
    for index in range(len(source)):
        read, stored = source.source[index], source[index]
        assert {name: repr(value) for name, value in read.items()} == {n: repr(value) for n, value in stored.items()}
        assert all(
            torch.equal(value, stored[name]) and value.dtype == stored[name].dtype for name, value in read.items()
        )
        stored["image"].zero_()  # as a transform that works in place
        assert torch.equal(source[index]["image"], read["image"])
    assert source.stored is not None
    again = opened(other).stored
    assert again is not None
    assert again.place == source.stored.place


def test_a_store_is_of_the_files_and_arguments_that_it_was_made_from(tmp_path: Path) -> None:
    root = str(_masks(tmp_path, 3))

    def place(**changed: Any) -> Path:
        stored = opened(ImageMaskFolder(root, **{"classes": ["a", "b", "c"], "size": (6, 8), **changed})).stored
        assert stored is not None
        return stored.place

    first = place()
    assert place(batch_size=2, flip=0.5) == first  # they change no stored sample
    assert place(size=(3, 4)) != first
    assert place(classes={"a": 0, "b": 2, "c": 1}) != first
    image = tmp_path / "train/images/a.png"
    before = image.stat()
    image.write_bytes(bytes(before.st_size))
    os.utime(image, ns=(before.st_atime_ns, before.st_mtime_ns))  # as a copy would that keeps times
    with pytest.raises(ValueError, match="cannot read"):
        place()  # a file that cannot be read is found at once


def test_equal_values_have_one_identity_in_whatever_objects_they_come() -> None:
    text = "".join(["a", "b"])
    assert identity(["ab", "ab", {"x", "y"}]) == identity([text, "ab", {"y", "x"}])
    with pytest.raises(TypeError):
        identity(threading.Lock())


def reads(log: Path, wait: float = 0.0, stop: int | None = None) -> Callable[[int], Arrays]:
    def read(index: int) -> Arrays:
        with log.open("a") as file:
            file.write(f"{index}\n")
        if index == stop:
            time.sleep(600)
        time.sleep(wait)
        return {"image": np.full((64, 64), index), "boxes": np.full((index, 4), index)}

    return read


def whole(stored: Stored | None) -> bool:
    assert stored is not None
    return all(
        (stored[index]["image"] == index).all() and stored[index]["boxes"].shape == (index, 4) for index in range(COUNT)
    )


def test_two_that_build_at_once_read_each_sample_once(tmp_path: Path) -> None:
    log = tmp_path / "log"
    build = [FORK.Process(target=shared, args=("key", COUNT, reads(log, 0.05), ["boxes"])) for _ in range(3)]
    for each in build:
        each.start()
    for each in build:
        each.join(60)
    assert sorted(set(log.read_text().split())) == [str(index) for index in range(COUNT)]
    assert len(log.read_text().split()) == COUNT + 1  # the first tells shapes
    assert whole(shared("key", COUNT, reads(log), ["boxes"]))


def test_what_a_killed_builder_left_is_built_anew(tmp_path: Path, stores: Path) -> None:
    log = tmp_path / "log"
    log.touch()
    build = FORK.Process(target=shared, args=("key", COUNT, reads(log, stop=3), ["boxes"]))
    build.start()
    try:
        while "3" not in log.read_text():
            assert build.is_alive()
            time.sleep(0.01)
        assert [each.name for each in stores.iterdir() if each.is_dir()] == [f"key.{build.pid}.part"]
    finally:
        os.kill(build.pid or 0, signal.SIGKILL)
        build.join(60)
    assert whole(shared("key", COUNT, reads(log), ["boxes"]))
    assert [each.name for each in stores.iterdir() if each.is_dir()] == ["key"]


def test_where_nothing_can_be_written_samples_are_read_as_before(
    stores: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        source = Cached(Numbered(40))
        source.share("a test")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert source.stored is None
    assert int(source[3]["image"].max()) == 3
    assert [each.name for each in stores.iterdir() if each.is_dir()] == []
    assert capsys.readouterr().err.startswith("images are read from their files each time: ")


def test_stores_keep_to_their_limit_and_the_least_recently_used_goes(
    stores: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    read = reads(tmp_path / "log")
    for key in ("old", "older"):
        assert shared(key, COUNT, read, ["boxes"])
    os.utime(stores / "older", (0, 0))
    size = sum(file.stat().st_size for file in (stores / "old").iterdir())
    monkeypatch.setenv("TRICKBENCH_CACHE_GIB", str(2.5 * size / 2**30))
    assert whole(shared("new", COUNT, read, ["boxes"]))
    assert sorted(each.name for each in stores.iterdir() if each.is_dir()) == ["new", "old"]
    monkeypatch.setenv("TRICKBENCH_CACHE_GIB", "0")
    assert shared("none", COUNT, read, ["boxes"]) is None
    assert "TRICKBENCH_CACHE_GIB allows 0" in capsys.readouterr().err
    monkeypatch.setenv("TRICKBENCH_CACHE_GIB", "much")
    with pytest.raises(ValueError, match="must be a number of GiB, at least 0, got 'much'"):
        shared("none", COUNT, read, ["boxes"])


def test_a_worker_that_is_sent_a_store_maps_it_anew(tmp_path: Path) -> None:
    stored = shared("key", COUNT, reads(tmp_path / "log"), ["boxes"])
    sent = pickle.dumps(stored)
    assert len(sent) < 1000
    assert whole(pickle.loads(sent))
