import os
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from datamodules import CamVid
from datamodules.transforms.bare import IGNORE

DATA = os.environ.get("TRICKBENCH_DATA")
real = pytest.mark.skipif(not DATA, reason="TRICKBENCH_DATA does not name the folder that holds camvid/")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Four images to train on, of which `d` is held out by the block split; one each to validate and test."""
    for split, names in {"train": "abcd", "val": "v", "test": "t"}.items():
        for name in names:
            for kind, pixels in {
                "images": np.zeros((9, 12, 3), np.uint8),
                "masks": np.full((9, 12), 11, np.uint8),
            }.items():
                path = tmp_path / split / kind / f"{name}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                Image.fromarray(pixels).save(path)
    (tmp_path / "train_block.txt").write_text("c\na\nb\n")
    (tmp_path / "val_block.txt").write_text("d\n")
    return tmp_path


@pytest.mark.parametrize(
    ("split", "expected"),
    [("official", {"train": "abcd", "val": "v", "test": "t"}), ("block", {"train": "abc", "val": "d", "test": "t"})],
)
def test_splits(root, split, expected):
    data = CamVid(str(root), split=split)
    assert {part: "".join(image.stem for image, _ in data.pairs(part)) for part in expected} == expected


def test_void_is_ignored_and_images_get_the_default_size(root):
    batch = next(iter(CamVid(str(root), batch_size=4, random_scale=(1, 1)).train_dataloader()))
    assert batch["mask"].shape == (4, 144, 192)
    assert (batch["mask"] == IGNORE).all()


def test_no_list(root):
    (root / "val_block.txt").unlink()
    with pytest.raises(FileNotFoundError, match=r"no file .*val_block.txt; expected an image name a line"):
        CamVid(str(root), split="block").setup("fit")


def test_a_list_that_names_an_absent_image(root):
    (root / "val_block.txt").write_text("d\ne")
    with pytest.raises(FileNotFoundError, match=r"val_block.txt names e, and there is no such image"):
        CamVid(str(root), split="block").setup("validate")


@real
@pytest.mark.parametrize(("split", "sizes"), [("official", [367, 101, 233]), ("block", [312, 55, 233])])
def test_the_real_camvid_has_the_published_sizes(split, sizes):
    data = CamVid(f"{DATA}/camvid", split=split)
    assert [len(data.pairs(part)) for part in ("train", "val", "test")] == sizes


@real
def test_the_real_classes_are_as_frequent_as_published():
    """Road a third, bicyclists 0.3 % of the labelled training pixels."""
    masks = CamVid(f"{DATA}/camvid").dataset("train")
    counts = sum(torch.bincount(masks[k]["mask"].flatten().int(), minlength=256) for k in range(0, 367, 3))[:11]
    shares = 100 * counts / counts.sum()
    assert shares[[0, 1, 3, 5]].tolist() == pytest.approx([17.5, 24.2, 33.0, 10.1], abs=1.5)
    assert shares[[2, 10]].tolist() == pytest.approx([1.0, 0.30], abs=0.2)
