from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from datamodules import ImageMaskFolder
from datamodules.transforms.bare import IGNORE

RAMP = np.arange(8, dtype=np.uint8).reshape(1, 8).repeat(6, 0) // 2  # labels 0 to 3, two columns each


def save(path: Path, pixels: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Two images a split of 6×8 pixels, image k of the grey 40 k; label 3 is void."""
    for split in ("train", "val", "test"):
        for k in (1, 2):
            save(tmp_path / split / "images" / f"{k}.png", np.full((6, 8, 3), 40 * k, np.uint8))
            save(tmp_path / split / "masks" / f"{k}.png", RAMP)
    return tmp_path


def folder(root: Path, **arguments) -> ImageMaskFolder:
    defaults = {"classes": ["a", "b", "c"], "size": (6, 8), "void": 3, "batch_size": 2}
    return ImageMaskFolder(str(root), **{**defaults, **arguments})


def test_images_and_masks_arrive_with_void_ignored(root):
    batch = next(iter(folder(root, mean=(0, 0, 0), std=(1, 1, 1)).val_dataloader()))
    torch.testing.assert_close(batch["image"], torch.tensor([40.0, 80.0]).div(255).view(2, 1, 1, 1).expand(2, 3, 6, 8))
    expected = torch.tensor([0, 0, 1, 1, 2, 2, IGNORE, IGNORE]).expand(2, 6, 8)
    assert torch.equal(batch["mask"], expected)


def test_masks_are_resized_to_the_nearest_pixel(root):
    mask = folder(root, size=(3, 4)).dataset("val")[0]["mask"]
    assert mask.tolist() == 3 * [[0, 1, 2, IGNORE]]


def test_a_palette_is_read_as_labels(root):
    mask = Image.fromarray(RAMP)
    mask.putpalette([value for k in range(256) for value in (255 - k, k, 9)])
    assert mask.mode == "P"
    mask.save(root / "val" / "masks" / "1.png")
    assert folder(root).dataset("val")[0]["mask"][0].tolist() == [0, 0, 1, 1, 2, 2, IGNORE, IGNORE]


def test_training_scales_crops_and_flips_and_padding_is_ignored(root):
    data = folder(root, random_scale=(0.5, 0.5), flip=1.0, mean=(0.2, 0.4, 0.6), std=(1, 1, 1))
    batch = next(iter(data.train_dataloader()))
    assert batch["image"].shape == (2, 3, 6, 8)
    for image, mask in zip(batch["image"], batch["mask"], strict=True):
        padding = (image.abs() < 0.01).all(0)  # filled with the mean
        assert 48 - 12 <= padding.sum() <= 48 - 1
        assert (mask[padding] == IGNORE).all()
        rows = [row[row != IGNORE].tolist() for row in mask]
        assert all(row == sorted(row, reverse=True) for row in rows)  # flipped


def test_scale_and_flip_can_be_switched_off(root):
    data = folder(root, random_scale=(1.0, 1.0), flip=0.0)
    trained, stored = next(iter(data.train_dataloader())), next(iter(data.val_dataloader()))
    assert torch.equal(trained["mask"], stored["mask"])
    assert torch.equal(trained["image"].sort(0)[0], stored["image"])


def test_no_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no folder .*absent; expected files at .*/train/masks/\{name\}"):
        folder(tmp_path / "absent").setup("fit")


def test_no_split(root):
    (root / "val").rename(root / "valid")
    with pytest.raises(FileNotFoundError, match=r"no folder .*val \(did you mean .*/valid\?\); expected files at"):
        folder(root).setup("fit")


def test_no_images(root):
    for file in (root / "train" / "images").iterdir():
        file.rename(file.with_suffix(".txt"))
    with pytest.raises(
        FileNotFoundError, match=r"no images in .*train/images; expected files ending in .bmp, .gif, .jpeg"
    ):
        folder(root).setup("fit")


@pytest.mark.parametrize(
    ("kind", "lack"), [("masks", "images/2.png has no mask"), ("images", "masks/2.png has no image")]
)
def test_a_file_without_its_partner(root, kind, lack):
    (root / "test" / kind / "2.png").unlink()
    with pytest.raises(ValueError, match=rf"test/{lack}, .*test/{kind}/2\.\*$"):
        folder(root).setup("test")


def test_two_images_of_one_name(root):
    save(root / "train" / "images" / "1.bmp", np.zeros((6, 8, 3), np.uint8))
    with pytest.raises(ValueError, match=r"1.bmp and .*1.png have the same name"):
        folder(root).setup("fit")


def test_a_label_out_of_range(root):
    save(root / "val" / "masks" / "2.png", RAMP + 7)
    data = folder(root)
    data.setup("fit")  # masks are read when they are needed
    with pytest.raises(ValueError, match=r"val/masks/2.png holds label 7; expected 0 to 2, or 3 for void"):
        list(data.val_dataloader())


def test_a_mask_in_colours(root):
    save(root / "val" / "masks" / "1.png", np.zeros((6, 8, 3), np.uint8))
    with pytest.raises(ValueError, match=r"masks/1.png must hold whole numbers or a palette, got Pillow.s mode RGB"):
        folder(root).dataset("val")[0]


def test_a_mask_of_another_size(root):
    save(root / "val" / "masks" / "1.png", RAMP[:4])
    with pytest.raises(ValueError, match=r"masks/1.png must be as large as its image, \(6, 8\), got \(4, 8\)"):
        folder(root).dataset("val")[0]


@pytest.mark.parametrize(("kind", "length"), [("images", 45), ("masks", 45), ("masks", 0)])
def test_a_file_cut_off(root, kind, length):
    path = root / "val" / kind / "1.png"
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(ValueError, match=rf"cannot read .*val/{kind}/1.png: "):
        folder(root).dataset("val")[0]


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ({"classes": ["a", "a"]}, r"classes must be different names, got \['a', 'a'\]"),
        ({"classes": []}, "classes must name 1 to 254 labels, got 0"),
        ({"void": 2}, "void must not be one of the labels 0 to 2, got 2"),
        ({"size": (0, 4)}, r"size must be a positive height and width, at most 16384, got \(0, 4\)"),
        ({"size": (32, 10**7)}, r"size must be a positive height and width, at most 16384, got \(32, 10000000\)"),
        ({"random_scale": (2.0, 0.5)}, r"random_scale must be positive and ascending, at most 16, got \(2.0, 0.5\)"),
        ({"random_scale": (0.5, float("inf"))}, r"random_scale must be .* at most 16, got \(0.5, inf\)"),
        ({"flip": 2.0}, "flip must be a probability, got 2.0"),
    ],
)
def test_arguments_out_of_range(root, argument, message):
    with pytest.raises(ValueError, match=message):
        folder(root, **argument)
