"""Duplicates across splits: turned over, saved again, cut."""

import io

import numpy as np
import pytest
from PIL import Image

from datamodules.inspect.duplicates import find_duplicates

RANDOM = np.random.default_rng(0)
SCENES = [
    Image.fromarray(RANDOM.integers(0, 255, (9, 12, 3), dtype=np.uint8)).resize((192, 144), Image.Resampling.BICUBIC)
    for _ in range(40)
]


def saved_again(image: Image.Image, _: np.random.Generator) -> Image.Image:
    lossy = io.BytesIO()
    image.save(lossy, "JPEG", quality=20)
    return Image.open(lossy)


def cut(image: Image.Image, random: np.random.Generator) -> Image.Image:
    share = random.uniform(0.78, 0.95)
    width, height = (round(side * share) for side in image.size)
    left, top = (int(random.uniform(0, whole - part)) for whole, part in zip(image.size, (width, height), strict=True))
    return image.crop((left, top, left + width, top + height))


def turned(image: Image.Image, _: np.random.Generator) -> Image.Image:
    return image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)


def thumbs(images) -> list[np.ndarray]:
    return [np.array(image.convert("L").resize((64, 64), Image.Resampling.BOX)) for image in images]


@pytest.mark.parametrize("change", [saved_again, cut, turned])
def test_planted_leaks_are_found_and_nothing_else(change):
    random = np.random.default_rng(1)
    planted = [change(image, random) for image in SCENES[:10]]
    found = find_duplicates(thumbs(SCENES[:25]), thumbs([*planted, *SCENES[25:]]))
    assert [(one, other) for one, other, _ in found] == [(k, k) for k in range(10)]


def test_images_that_show_nothing_are_not_called_the_same():
    blank = np.full((64, 64), 200, np.uint8)
    noise = (blank + np.random.default_rng(0).integers(0, 3, (64, 64))).astype(np.uint8)
    assert find_duplicates([blank, noise], [blank]) == []


def test_nothing_to_compare():
    assert find_duplicates([], thumbs(SCENES[:1])) == []
