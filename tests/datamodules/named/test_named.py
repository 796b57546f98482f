"""Data sets by name: their classes, colours and void, and their download."""

import tarfile
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torch
from torchvision.datasets import voc

from datamodules.named import ade20k, penn_fudan
from datamodules.named.download import fetched
from datamodules.recognise import recognise
from datamodules.recognise.recognised import Task
from datamodules.transforms.bare import IGNORE
from tests.datamodules.named import layouts
from tests.datamodules.named.layouts import LAYOUTS, data

CLASSES = {  # how many, and the first
    "Ade20k": (150, "wall"),
    "Cityscapes": (19, "road"),
    "Coco2017Boxes": (1, "person"),
    "Coco2017Masks": (2, "background"),
    "OxfordPets": (2, "background"),
    "PascalBoxes": (20, "aeroplane"),
    "PascalMasks": (21, "background"),
    "PennFudanBoxes": (1, "person"),
    "PennFudanMasks": (2, "background"),
    "Sbd": (21, "background"),
}


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder, and its public address."""
    (tmp_path / "public").mkdir()
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path / "public"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield tmp_path / "public", f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_name_knows_layout_classes_and_splits(name, tmp_path):
    LAYOUTS[name](tmp_path)
    found = data(name, tmp_path)
    found.setup()
    classes = found.classes or found.box_classes
    assert (len(classes), classes[0]) == CLASSES[name]
    assert len(found.dataset("train")) > 0 < len(found.dataset("test"))
    assert len(found.colours) in (0, len(classes))


@pytest.mark.parametrize("name", LAYOUTS)
def test_init_knows_the_name(name, tmp_path):
    LAYOUTS[name](tmp_path)
    task: Task = "Detection" if name.endswith("Boxes") else "Segmentation"
    found = recognise(tmp_path, task)
    assert (found.module, found.arguments) == (name, {})
    assert (len(found.classes), found.classes[0]) == CLASSES[name]
    assert all(image.is_file() for image in found.images)


def test_what_counts_nowhere_is_void(tmp_path):
    layouts.ade20k(tmp_path)
    labels = data("Ade20k", tmp_path).dataset("val")[0]["mask"].flatten()
    assert labels[:3].tolist() == [IGNORE, 0, 1]
    layouts.oxford_pets(tmp_path)
    assert data("OxfordPets", tmp_path).dataset("test")[0]["mask"].flatten()[:3].tolist() == [1, 0, IGNORE]
    layouts.cityscapes(tmp_path)
    layouts.mask(tmp_path / "gtFine" / "val" / "ulm" / "ulm_a_gtFine_labelIds.png", [7, 0, 11, 33] * 12)
    assert data("Cityscapes", tmp_path).dataset("val")[0]["mask"].flatten()[:4].tolist() == [0, IGNORE, 2, 18]
    assert data("Cityscapes", tmp_path).colours[0] == (128, 64, 128)


def test_a_broken_file_of_sbd_is_named(tmp_path):
    layouts.sbd(tmp_path)
    (tmp_path / "cls" / "a.mat").write_bytes(b"MATLAB")
    with pytest.raises(ValueError, match=r"cannot read .*cls/a.mat: "):
        data("Sbd", tmp_path).dataset("val")[0]


@pytest.mark.parametrize("name", LAYOUTS)
def test_data_that_are_elsewhere_name_the_nearest_folder(name, tmp_path):
    LAYOUTS[name](tmp_path / "data")
    with pytest.raises(FileNotFoundError, match=r"^no (folder .*/date \(did you mean .*/data\?\)|file .*)"):
        data(name, tmp_path / "date").setup("fit")


def test_a_year_that_never_was(tmp_path):
    with pytest.raises(ValueError, match=r"year must be one of 2007, 2008, .* 2012, got '2013'"):
        data("PascalMasks", tmp_path, year="2013")


@pytest.mark.parametrize(("name", "module"), [("Ade20k", ade20k), ("PennFudanMasks", penn_fudan)])
def test_an_archive_is_downloaded_once_and_unpacked(name, module, tmp_path, served, monkeypatch):
    LAYOUTS[name](tmp_path / "there")
    archive = served[0] / "data.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for each in sorted((tmp_path / "there").rglob("*.*")):
            file.write(each, each.relative_to(tmp_path / "there"))
    monkeypatch.setattr(module, "ADDRESS", f"{served[1]}/{archive.name}")
    one = data(name, tmp_path / "here", download=True)
    one.setup("fit")
    other = data(name, tmp_path / "there")
    assert torch.equal(one.dataset("val")[0]["mask"], other.dataset("val")[0]["mask"])
    archive.unlink()
    data(name, tmp_path / "here", download=True).setup("fit")  # which is there


@pytest.mark.parametrize("name", ["PascalMasks", "PascalBoxes"])
def test_torchvision_downloads_pascal(name, tmp_path, served, monkeypatch):
    layouts.pascal(tmp_path / "there")
    archive = served[0] / "voc.tar"
    with tarfile.open(archive, "w") as file:
        file.add(tmp_path / "there" / "VOCdevkit", "VOCdevkit")
    known = {**voc.DATASET_YEAR_DICT["2012"], "url": f"{served[1]}/{archive.name}", "md5": None}
    monkeypatch.setitem(voc.DATASET_YEAR_DICT, "2012", known)
    data(name, tmp_path / "here", download=True).setup("fit")
    assert not list(Path(tmp_path, "here", "VOCdevkit").glob(".*.unfinished"))


def test_a_download_that_fails_is_tried_again(tmp_path):
    def fail() -> None:
        (tmp_path / "data").mkdir()
        raise OSError("no route to host")

    with pytest.raises(ValueError, match=r"cannot download .*/data: no route to host"):
        fetched(tmp_path / "data", fail)
    done = []
    fetched(tmp_path / "data", lambda: done.append(1))
    fetched(tmp_path / "data", lambda: done.append(2))
    assert done == [1]
