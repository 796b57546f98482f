"""Image files of every kind that Pillow knows, through every reader."""

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from datamodules import CamVid, DenseData, ImageMaskFolder
from datamodules.files.images import image_size, read_image
from tests.datamodules import coco_layout, voc_layout
from tests.datamodules.coco_layout import coco
from tests.datamodules.voc_layout import voc

RED = (200, 40, 10)
ORIENTATION = 274  # EXIF's tag


def in_pairs(root: Path, suffix: str) -> Path:
    for split in ("train", "val", "test"):
        for kind in ("images", "masks"):
            (root / split / kind).mkdir(parents=True)
        Image.fromarray(np.zeros((6, 8), np.uint8)).save(root / split / "masks" / "a.png")
    return root / "val" / "images" / f"a{suffix}"


def folder(root: Path, suffix: str) -> tuple[Path, DenseData]:
    return in_pairs(root, suffix), ImageMaskFolder(str(root), ["a", "b"], (6, 8))


def camvid(root: Path, suffix: str) -> tuple[Path, DenseData]:
    return in_pairs(root, suffix), CamVid(str(root), size=(6, 8))


def voc_boxes(root: Path, suffix: str) -> tuple[Path, DenseData]:
    data = voc(voc_layout.make(root), classes=["dog", "cat"])
    (root / "JPEGImages" / "a.jpg").unlink()
    voc_layout.list_images(root, "val", ["a"])
    return root / "JPEGImages" / f"a{suffix}", data


def coco_boxes(root: Path, suffix: str) -> tuple[Path, DenseData]:
    coco_layout.make(root)
    content = coco_layout.document()
    content["images"][0]["file_name"] = f"a{suffix}"
    coco_layout.write(root, "val", content)
    return root / "val" / "images" / f"a{suffix}", coco(root)


every_reader = pytest.mark.parametrize("reader", [folder, camvid, voc_boxes, coco_boxes])


def plain(mode: str, colour: Any) -> Image.Image:
    return Image.new(mode, (8, 6), colour)


def palette() -> Image.Image:
    image = plain("P", 1)
    image.putpalette([0, 0, 0, *RED])
    return image


def grey_16(kind: str) -> Image.Image:
    return Image.fromarray(np.full((6, 8), 200 * 257, kind))


def lab_red() -> Image.Image:
    return Image.frombytes("LAB", (8, 6), bytes((136, 80, 67)) * 48)  # CIE L*a*b* (53, 80, 67), as a TIFF has it


Make = Callable[[], Image.Image]
GOOD: dict[str, tuple[str, Make, dict[str, Any], tuple[int, int, int]]] = {
    "1": (".png", lambda: plain("1", 1), {}, (255, 255, 255)),
    "L": (".png", lambda: plain("L", 90), {}, (90, 90, 90)),
    "LA": (".png", lambda: plain("LA", (90, 255)), {}, (90, 90, 90)),
    "LA, transparent": (".png", lambda: plain("LA", (90, 0)), {}, (0, 0, 0)),
    "L, one level transparent": (".png", lambda: plain("L", 90), {"transparency": 90}, (0, 0, 0)),
    "P": (".png", palette, {}, RED),
    "P, transparent": (".png", palette, {"transparency": 1}, (0, 0, 0)),
    "P, half transparent": (".png", palette, {"transparency": bytes((0, 128))}, (100, 20, 5)),
    "RGB": (".tif", lambda: plain("RGB", RED), {}, RED),
    "RGBA": (".png", lambda: plain("RGBA", (*RED, 255)), {}, RED),
    "RGBA, transparent": (".png", lambda: plain("RGBA", (*RED, 0)), {}, (0, 0, 0)),
    "CMYK": (".jpg", lambda: plain("CMYK", (0, 200, 255, 0)), {"quality": 100}, (255, 55, 0)),
    "YCbCr": (".tif", lambda: plain("RGB", RED).convert("YCbCr"), {}, RED),
    "LAB": (".tif", lab_red, {}, (250, 3, 11)),
    "I;16": (".png", lambda: grey_16("<u2"), {}, (200, 200, 200)),
    "I;16B": (".tif", lambda: grey_16(">u2"), {}, (200, 200, 200)),
}


@every_reader
@pytest.mark.parametrize(("suffix", "make", "how", "colour"), GOOD.values(), ids=GOOD)
def test_an_image_of_each_mode_arrives_in_its_colours(tmp_path, reader, suffix, make, how, colour):
    path, data = reader(tmp_path, suffix)
    make().save(path, **how)
    pixels = data.dataset("val")[0]["image"].flatten(1).T.int()
    assert (pixels - torch.tensor(colour)).abs().max() <= 3  # rounding of the colour spaces


@every_reader
@pytest.mark.parametrize("kind", [np.float32, np.int32])
def test_numbers_without_a_scale_are_refused(tmp_path, reader, kind):
    path, data = reader(tmp_path, ".tif")
    Image.fromarray(np.full((6, 8), 1, kind)).save(path)
    with pytest.raises(ValueError, match=r"a.tif has pixels of Pillow's mode [FI], which has no scale; save 8 or 16"):
        data.dataset("val")[0]


def test_16_bits_keep_their_order_and_12_bits_their_range(tmp_path):
    Image.fromarray(np.array([[0, 127, 129, 32896, 65535]], np.uint16)).save(tmp_path / "a.png")
    assert read_image(tmp_path / "a.png")[0, :, 2].tolist() == [0, 0, 1, 128, 255]
    (tmp_path / "b.tif").write_bytes(twelve_bits(0xFFF, 0x800))
    assert read_image(tmp_path / "b.tif")[0, :, 0].tolist() == [255, 128]


def twelve_bits(first: int, second: int) -> bytes:
    """A TIFF of two pixels, as microscopes write them."""
    tags = {256: 2, 257: 1, 258: 12, 259: 1, 262: 1, 273: 8, 277: 1, 278: 1, 279: 3}
    pixels = bytes((first >> 4, (first & 15) << 4 | second >> 8, second & 255, 0))
    entries = b"".join(struct.pack("<HHIHH", tag, 3, 1, value, 0) for tag, value in tags.items())
    return b"II*\0" + struct.pack("<I", 12) + pixels + struct.pack("<H", len(tags)) + entries + bytes(4)


def turned(path: Path, pixels: np.ndarray, orientation: int) -> None:
    """Save an image that its EXIF says to turn; 6 says that it was taken with the top to the right."""
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    Image.fromarray(pixels).save(path, exif=exif)


UPRIGHT = np.zeros((6, 8, 3), np.uint8)
UPRIGHT[:2, :3] = 255


@every_reader
@pytest.mark.parametrize(
    ("orientation", "stored"), [(3, UPRIGHT[::-1, ::-1]), (6, np.rot90(UPRIGHT)), (8, np.rot90(UPRIGHT, -1))]
)
def test_images_are_turned_upright(tmp_path, reader, orientation, stored):
    path, data = reader(tmp_path, ".png")
    turned(path, np.ascontiguousarray(stored), orientation)
    assert np.array_equal(data.dataset("val")[0]["image"].permute(1, 2, 0).numpy(), UPRIGHT)


@pytest.mark.parametrize("moved", [False, True], ids=["before its pixels", "behind its pixels"])
def test_the_size_of_an_image_is_that_of_its_upright_pixels(tmp_path, moved):
    turned(tmp_path / "a.png", UPRIGHT, 6)
    if moved:
        content = (tmp_path / "a.png").read_bytes()
        start = content.index(b"eXIf") - 4
        stop = start + 12 + int.from_bytes(content[start : start + 4], "big")
        (tmp_path / "a.png").write_bytes(content[:start] + content[stop:-12] + content[start:stop] + content[-12:])
    assert image_size(tmp_path / "a.png") == read_image(tmp_path / "a.png").shape[:2] == (8, 6)
    Image.fromarray(UPRIGHT).save(tmp_path / "b.png")
    assert image_size(tmp_path / "b.png") == (6, 8)


def test_a_mask_is_turned_by_its_own_exif_and_lies_on_its_pixels(tmp_path):
    path, data = folder(tmp_path, ".png")
    turned(path, np.ascontiguousarray(np.rot90(UPRIGHT)), 6)
    mask = (UPRIGHT[..., 0] // 255).astype(np.uint8)
    for orientation, stored in ((1, mask), (6, np.rot90(mask))):
        turned(tmp_path / "val" / "masks" / "a.png", np.ascontiguousarray(stored), orientation)
        sample = data.dataset("val")[0]
        assert torch.equal(sample["mask"], sample["image"][0] // 255)
    Image.fromarray(np.ascontiguousarray(np.rot90(mask))).save(tmp_path / "val" / "masks" / "a.png")
    with pytest.raises(ValueError, match=r"masks/a.png must be as large as its image, \(6, 8\), got \(8, 6\)"):
        data.dataset("val")[0]


@pytest.mark.parametrize("reader", [voc_boxes, coco_boxes])
def test_boxes_of_the_image_as_it_is_stored_are_refused(tmp_path, reader):
    path, data = reader(tmp_path, ".png")
    turned(path, UPRIGHT, 6)
    with pytest.raises(ValueError, match=r"a.png is of 6×8, but .* says 8×6 \(boxes must refer .* EXIF orientation"):
        data.dataset("val")[0]


def test_pixels_beyond_all_bounds_are_one_line(tmp_path, monkeypatch):
    path, data = folder(tmp_path, ".png")
    plain("RGB", RED).save(path)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    with pytest.raises(ValueError, match=r"cannot read .*a.png: Image size \(48 pixels\) exceeds limit"):
        data.dataset("val")[0]
