"""The file of the images: ranks' shares in order, equal bytes, and no traceback from a broken one."""

import zipfile

import numpy as np
import pytest

from experiments.images import labels, store


def part(places: list[int]) -> store.Tables:
    """Images whose pixels are their places, and one object in each."""
    objects = np.array([(k, 1, 10 + place, place) for k, place in enumerate(places)], labels.OBJECT)
    pixels = np.array(places, np.uint32)[:, None, None].repeat(3, 2)
    return {"places": np.array(places, np.uint32), "pixels": pixels, "boundary": pixels, "objects": objects}


def test_shares_of_ranks_come_in_the_order_of_the_data():
    tables = store.merged([part([0, 2]), part([4]), part([1, 3])])
    assert tables["places"].tolist() == tables["pixels"][:, 0, 0].tolist() == [0, 1, 2, 3, 4]
    assert [tuple(row) for row in tables["objects"]] == [(k, 1, 10 + k, k) for k in range(5)]


def test_images_that_were_left_out_leave_no_gap():
    tables = store.merged([part([0, 4]), part([2])])
    assert tables["places"].tolist() == [0, 2, 4]
    assert tables["objects"]["image"].tolist() == [0, 1, 2]


def test_written_and_read(tmp_path):
    described = {"task": np.array("segmentation"), "classes": np.array(["a"]), "names": np.array([], np.str_)}
    for name in ("one", "two"):
        store.write(tmp_path / name, described | part([0, 1]))
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert store.read(tmp_path / "one")["objects"].tolist() == part([0, 1])["objects"].tolist()


def test_tables_that_are_not_pressed_are_the_same_and_a_damaged_file_writes_nothing(tmp_path):
    source, plain = tmp_path / "images.npz", tmp_path / "plain.npz"
    described = {"task": np.array("segmentation"), "classes": np.array(["a"]), "names": np.array([], np.str_)}
    store.write(source, described | part(list(range(5000))))
    store.unpress(source, plain)
    tables, same = store.read(source), store.read(plain)
    assert all((tables[name] == same[name]).all() for name in tables | same)
    before = plain.read_bytes()
    assert tables["pixels"].tobytes() in before
    source.write_bytes(source.read_bytes()[:200])
    with pytest.raises(zipfile.BadZipFile):
        store.unpress(source, plain)
    assert plain.read_bytes() == before


@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04", "cut", "table"])
def test_what_is_no_such_file_is_none(tmp_path, content):
    path = tmp_path / "images.npz"
    if content == "table":
        store.write(path, {"task": np.array("nonsense"), "classes": np.array(["a"])})
    elif content == "cut":
        store.write(path, {"task": np.array("segmentation"), **part(list(range(50)))})
        path.write_bytes(path.read_bytes()[:200])
    elif content is not None:
        path.write_bytes(content)
    assert store.read(path) is None
