"""Objects with a mask each: merged to masks of classes, and as boxes."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from datamodules import InstanceBoxes, InstanceMasks
from datamodules.transforms.bare import IGNORE
from experiments.trial import train
from tests.experiments.tiny import detection, fit

SIZE = (6, 8)


def write(path: Path, *blocks: tuple[int, int, int], shape: tuple[int, int] = SIZE, mode: str = "L") -> None:
    """Squares: from, to and number of each; the last lies on top."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.zeros(shape, np.uint8)
    for first, last, number in blocks:
        pixels[first:last, first:last] = number
    image = Image.fromarray(pixels)
    image.convert(mode).save(path)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """An image in each split, with a large object of 255 and a small one inside."""
    for split in ("train", "val"):
        write(tmp_path / split / "images" / "a.png", (0, 6, 80), mode="RGB")
        write(tmp_path / split / "masks" / "a_0.png", (3, 4, 255))
        write(tmp_path / split / "masks" / "a_1.png", (1, 6, 255))
    return tmp_path


def masks(root: Path, **given) -> InstanceMasks:
    return InstanceMasks(str(root), SIZE, **given)


def boxes(root: Path, **given) -> InstanceBoxes:
    return InstanceBoxes(str(root), SIZE, **given)


def expected(*blocks: tuple[int, int, int]) -> np.ndarray:
    mask = np.zeros(SIZE, np.uint8)
    for first, last, label in blocks:
        mask[first:last, first:last] = label
    return mask


def test_the_files_of_an_image_are_merged(root):
    assert (masks(root).dataset("val")[0]["mask"].numpy() == expected((1, 6, 1))).all()


def test_each_file_is_a_box_with_the_area_of_its_pixels(root):
    sample = boxes(root, classes=["cell"]).dataset("val")[0]
    assert sample["boxes"].tolist() == [[3, 3, 4, 4], [1, 1, 6, 6]]
    assert (sample["area"].tolist(), sample["labels"].tolist()) == ([1, 25], [0, 0])


def test_each_number_of_a_file_is_an_object(root):
    for split in ("train", "val"):
        (root / split / "masks" / "a_0.png").unlink()
        write(root / split / "masks" / "a_1.png", (0, 2, 1), (2, 4, 7), (4, 6, 9))
    sample = boxes(root, void=[9]).dataset("val")[0]
    assert sample["boxes"].tolist() == [[0, 0, 2, 2], [2, 2, 4, 4]]
    mask = masks(root, void=[9]).dataset("val")[0]["mask"].numpy()
    assert (mask == expected((0, 2, 1), (2, 4, 1), (4, 6, IGNORE))).all()


def test_colours_are_objects_too(root):
    for split in ("train", "val"):
        Image.new("RGB", SIZE[::-1], "black").save(root / split / "masks" / "a_0.png")
        image = Image.new("RGB", SIZE[::-1], "black")
        image.paste("red", (0, 0, 2, 2))
        image.paste("lime", (2, 2, 4, 4))
        image.save(root / split / "masks" / "a_1.png")
    assert boxes(root).dataset("val")[0]["boxes"].tolist() == [[2, 2, 4, 4], [0, 0, 2, 2]]  # lime is the lower number


def test_the_class_may_stand_in_the_path_and_small_objects_stay_on_top(root):
    for split in ("train", "val"):
        for name, file in (("nucleus", "a_0.png"), ("cell", "a_1.png")):
            (root / split / name).mkdir()
            (root / split / "masks" / file).rename(root / split / name / file)
    given = {"masks": "{split}/{class}/{name}_*.png"}
    data = masks(root, classes=["ground", "nucleus", "cell"], **given)
    assert (data.dataset("val")[0]["mask"].numpy() == expected((1, 6, 2), (3, 4, 1))).all()
    found = boxes(root, **given)
    assert found.box_classes == ("cell", "nucleus")
    with pytest.raises(ValueError, match=r"a_0.png is of the class 'nucleus'; classes name ground, cell, hair"):
        masks(root, classes=["ground", "cell", "hair"], **given).dataset("val")[0]


def test_an_image_without_a_mask_has_no_objects_and_it_is_said(root):
    write(root / "val" / "images" / "b.png", (0, 6, 80), mode="RGB")
    with pytest.warns(UserWarning, match=r"^val: 1 of 2 images have no mask, and so no objects; the first: .*b.png$"):
        data = masks(root).dataset("val")
    assert not data[1]["mask"].any()
    assert boxes(root).dataset("val")[1]["boxes"].shape == (0, 4)


def test_a_mask_without_an_image(root):
    write(root / "val" / "masks" / "b_0.png", (0, 2, 1))
    with pytest.raises(ValueError, match=r"masks/b_0.png has no image, .*val/images/b\.\*$"):
        masks(root).dataset("val")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"classes": ["cell"]}, "classes must be 2 to 254 different names, the background first"),
        ({"classes": ["a", "b", "c"]}, "masks must say the class by {class} where there are several"),
        ({"masks": "masks/*"}, "masks must be a path below root with {name} once"),
        ({"images": "{class}/{name}"}, "images must be a path below root with {name} once"),
    ],
)
def test_arguments_out_of_range(root, given, message):
    with pytest.raises(ValueError, match=message):
        masks(root, **given)


@pytest.mark.parametrize(
    ("shape", "where", "message"),
    [
        ((3, 3), "a_1.png", "a_1.png must be as large as a_0.png, (6, 8), got (3, 3)"),
        ((8, 6), None, "the mask of {root}/val/images/a.png must be as large as its image, (6, 8), got (8, 6)"),
    ],
)
def test_masks_of_another_size(root, shape, where, message):
    for file in (where,) if where else ("a_0.png", "a_1.png"):
        write(root / "val" / "masks" / file, (1, 3, 255), shape=shape)
    with pytest.raises(ValueError) as caught:  # noqa: PT011  # compared whole
        masks(root).dataset("val")[0]
    assert message.format(root=root) in str(caught.value)


def test_what_is_wrong_ends_a_training_in_one_line(root, capsys):
    write(root / "train" / "masks" / "a_1.png", (1, 3, 255), shape=(3, 3))
    layer = {"class_path": "InstanceBoxes", "init_args": {"root": str(root), "size": [32, 32], "batch_size": 1}}
    assert train.main(fit(root / "run", detection(num_classes=1), {"data": layer})) == 2
    error = capsys.readouterr().err.splitlines()[-1]
    assert error == f"trickbench: error: {root}/train/masks/a_1.png must be as large as its image, (6, 8), got (3, 3)"
