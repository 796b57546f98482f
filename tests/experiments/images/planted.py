"""Made validations with a known cause: scenes of squares, and what a model that errs at given rates makes of them."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from experiments.images import labels, pictures
from experiments.images.store import Tables

CLASSES = ("background", "car", "person", "tree", "sign")
RARE = 4
SHARES = (0.35, 0.3, 0.3, 0.05)  # of the objects' classes


@dataclass(frozen=True)
class Errs:
    """How often a model errs.

    Args:
        misses_small: Chance that it misses an object of at most 6 pixels across.
        misses_rare: Chance that it takes the rare class for another.
        misses: Chance that it misses any object.
        blurs: Chance that a pixel at a boundary gets its neighbour's label.
    """

    misses_small: float = 0.5
    misses_rare: float = 0.6
    misses: float = 0.1
    blurs: float = 0.5


def scenes(count: int = 100, size: int = 48) -> tuple[np.ndarray, list[list[tuple[int, slice, slice]]]]:
    """Truth, and the squares of each scene: class, rows, columns; the later ones lie on top."""
    rng = np.random.default_rng(7)
    truth, squares = np.zeros((count, size, size), np.uint8), []
    for image in truth:
        squares.append([])
        for _ in range(6):
            side = int(rng.choice([4, 5, 6, 9, 12, 16]))
            y, x = rng.integers(0, size - side, 2)
            square = 1 + int(rng.choice(4, p=SHARES)), slice(y, y + side), slice(x, x + side)
            image[square[1:]] = square[0]
            squares[-1].append(square)
    return truth, squares


TRUTH, SQUARES = scenes()


def predicted(errs: Errs, arm: str, seed: int) -> np.ndarray:
    """What a model sees; on equal seeds two arms stumble over the same objects, but for a third of them."""
    shared, own = np.random.default_rng(seed), np.random.default_rng([seed, *arm.encode()])
    out = np.zeros_like(TRUTH)
    for image, squares in zip(out, SQUARES, strict=True):
        for label, rows, columns in squares:
            both, alone = shared.random(3), own.random(4)
            missed, small, rare = both if alone[3] > 1 / 3 else alone[:3]
            if missed < errs.misses or (rows.stop - rows.start <= 6 and small < errs.misses_small):
                continue
            image[rows, columns] = 1 if label == RARE and rare < errs.misses_rare else label
    return np.where(own.random(out.shape) < errs.blurs, np.roll(out, 1, axis=2), out)


def tables(errs: Errs, arm: str, seed: int) -> Tables:
    """What a trial with such a model leaves."""
    found, counted = predicted(errs, arm, seed), np.ones_like(TRUTH, bool)
    edges = [labels.near_boundary(each, counted) for each in (TRUTH, found)]
    return {
        "task": np.array("segmentation"),
        "classes": np.array(CLASSES),
        "places": np.arange(len(TRUTH), dtype=np.uint32),
        "names": np.array([], np.str_),
        "pixels": labels.tally(TRUTH, found, counted, counted, len(CLASSES)),
        "boundary": labels.tally(TRUTH, found, *edges, len(CLASSES)),
        "objects": labels.objects(TRUTH, found == TRUTH, range(1, len(CLASSES))),
    }


def draw(path: Path, errs: Errs, arm: str, seed: int) -> None:
    """Leave the pictures of such a trial: of each scene a photo in the colours of its classes, with noise."""
    found, files = predicted(errs, arm, seed), {}
    for place in pictures.chosen(len(TRUTH)):
        photo = 60 + 40 * TRUTH[place][..., None] + np.random.default_rng(place).integers(0, 30, (48, 48, 3))
        files[f"{place:05}.jpg"] = pictures.photo(photo.astype(np.uint8))
        files[f"{place:05}.truth.png"] = pictures.mask(TRUTH[place])
        files[f"{place:05}.png"] = pictures.mask(found[place])
    pictures.write(path, files, {})
