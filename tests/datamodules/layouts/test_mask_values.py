"""The numbers in mask files, and which of them are labels."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from datamodules import CamVid, ImageMaskFolder
from datamodules.transforms.bare import IGNORE
from experiments.trial import train
from tests.experiments.tiny import fit, model


def make(root: Path, *masks: Image.Image, suffix: str = ".png", **how: Any) -> Path:
    """A data set of these masks in each split."""
    for split in ("train", "val", "test"):
        for kind in ("images", "masks"):
            (root / split / kind).mkdir(parents=True)
        for k, mask in enumerate(masks):
            Image.new("RGB", mask.size).save(root / split / "images" / f"{k}.png")
            mask.save(root / split / "masks" / f"{k}{suffix}", **how)
    return root


def row(*values: float, kind: Any = np.uint8) -> Image.Image:
    return Image.fromarray(np.array([values], kind))


def read(root: Path, labels: int = 3, void: int = 255) -> list[int]:
    with Image.open(root / "val" / "images" / "0.png") as image:
        size = (1, image.width)
    data = ImageMaskFolder(str(root), list(map(str, range(labels))), size, void=void)
    return data.dataset("val")[0]["mask"][0].tolist()


@pytest.mark.parametrize(
    ("mask", "void", "wrong"),
    [
        (row(0, -255, kind=np.int32), 255, "-255"),
        (row(0, -2, kind=np.int32), 255, "-2"),
        (row(0, 256, kind=np.uint16), 255, "256"),
        (row(0, 65535, kind=np.uint16), 255, "65535"),
        (row(0, 255), -1, "255"),
        (row(1, 4), 0, "4"),
    ],
)
def test_a_number_that_is_no_label_is_refused_from_above_and_below(tmp_path, mask, void, wrong):
    first = int(void == 0)
    expected = rf"0.tif holds label {wrong}; expected {first} to {first + 2}, or {void} for void"
    with pytest.raises(ValueError, match=expected):
        read(make(tmp_path, mask, suffix=".tif"), void=void)


@pytest.mark.parametrize(
    ("mask", "void", "expected"),
    [
        (row(0, 2, -1, kind=np.int32), -1, [0, 2, IGNORE]),
        (row(0, 2, 65535, kind=np.uint16), 65535, [0, 2, IGNORE]),
        (row(0, 2, 1000, kind=np.int32), 1000, [0, 2, IGNORE]),
        (row(0, 1, 3), 0, [IGNORE, 0, 2]),
        (row(0, 1, kind=bool), 255, [0, 1]),
        (row(0, 1, kind=bool), 0, [IGNORE, 0]),
        (row(0, 1, 2, kind=">u2"), 255, [0, 1, 2]),
    ],
)
def test_void_may_lie_anywhere_beyond_the_labels_and_0_counts_classes_from_1(tmp_path, mask, void, expected):
    assert read(make(tmp_path, mask, suffix=".tif"), void=void) == expected


@pytest.mark.parametrize("values", [(0, 0.5), (0, float("nan")), (0, 1)])
def test_floats_are_refused(tmp_path, values):
    with pytest.raises(ValueError, match=r"0.tif must hold whole numbers or a palette, got Pillow's mode F \(F\)"):
        read(make(tmp_path, row(*values, kind=np.float32), suffix=".tif"))


@pytest.mark.parametrize("mode", ["LA", "RGB", "RGBA", "CMYK", "YCbCr", "LAB"])
def test_colours_are_refused_by_their_mode(tmp_path, mode):
    suffix = ".png" if mode in ("LA", "RGB", "RGBA") else ".tif"
    with pytest.raises(ValueError, match=rf"0{suffix} must hold whole numbers or a palette, got Pillow's mode {mode} "):
        read(make(tmp_path, Image.new(mode, (2, 1)), suffix=suffix))


def test_a_palette_with_transparency_is_read_as_labels(tmp_path):
    mask = row(0, 2, 1)
    mask.putpalette([9, 9, 9, 200, 0, 0, 0, 200, 0])
    assert read(make(tmp_path, mask, transparency=1)) == [0, 2, 1]


@pytest.mark.parametrize(
    ("suffix", "how", "kind"),
    [
        (".jpg", {"quality": 100}, "jpeg"),
        (".png", {"format": "JPEG"}, "jpeg"),
        (".tif", {"compression": "jpeg"}, "jpeg"),
    ],
)
def test_masks_that_lost_something_are_refused(tmp_path, suffix, how, kind):
    root = make(tmp_path, row(0, 1, 2), suffix=suffix, **how)
    with pytest.raises(ValueError, match=rf"0{suffix} is compressed as {kind}, which may change labels; save masks as"):
        read(root)


def test_hidden_files_are_no_images(tmp_path):
    root = make(tmp_path, row(0, 1))
    for split in ("train", "val", "test"):
        for kind in ("images", "masks"):
            (root / split / kind / "._0.png").write_bytes(b"\0\5\x16\7" + bytes(60))  # as macOS leaves them
    assert read(root) == [0, 1]
    assert len(CamVid(str(root)).pairs("train")) == 1


def test_a_bad_mask_ends_a_training_in_one_line(tmp_path, capsys):
    root = make(tmp_path / "data", row(*range(32), kind=np.int32).resize((32, 32)), suffix=".tif")
    layer = {"class_path": "ImageMaskFolder", "init_args": {"root": str(root), "classes": ["a", "b"], "size": [32, 32]}}
    assert train.main(fit(tmp_path / "run", model(num_classes=2), {"data": layer})) == 2
    error = capsys.readouterr().err.splitlines()[-1]
    assert error == f"trickbench: error: {root}/train/masks/0.tif holds label 2; expected 0 to 1, or 255 for void"
