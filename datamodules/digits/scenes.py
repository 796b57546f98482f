"""Scenes composed of real handwritten digits, random textures, clutter and occlusion."""

from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.ndimage import find_objects

from datamodules.transforms.bare import IGNORE
from datamodules.transforms.samples import Split

Floats = NDArray[np.floating[Any]]
Ints = NDArray[np.int64]

DIGITS = 10
MIN_VISIBLE = 0.25  # share of an object's pixels; with less in sight its class is anybody's guess
COLOURS = 12  # candidates for an object's colour
MOST = 1000  # objects of a scene
PLACES = 3  # and for its place: the one that hides least is taken, else scenes are heaps
GROUND, INK = (0, 150), (50, 255)  # levels of brightness: they overlap, so that none parts all ink from all ground


class Scene(NamedTuple):
    """An image and what is in it."""

    image: NDArray[np.uint8]  # (3, H, W)
    owner: NDArray[np.int32]  # (H, W): the object on top, from 1; 0 is the background
    mask_labels: Ints  # of the background and of each object: 0 background or clutter, 1 + digit, 255 ignored
    boxes: Floats  # (n, 4): x1, y1, x2, y2, tight around the visible pixels
    labels: Ints  # (n,): the digit in each box


@cache
def handwriting(split: Split) -> tuple[tuple[Floats, ...], ...]:
    """Each digit's glyphs of `split`, ink in [0, 1], cut to where it exceeds one half.

    The 1797 digits of scikit-learn (Alpaydin and Kaynak, 1998; 8×8 pixels, 13 writers) in the order of their file: of
    each digit the first 60 % are for training, the next 20 % for validation, the last 20 % for testing.
    """
    from sklearn.datasets import load_digits  # a tenth of what a trial imports, and of no use to most of them

    pixels, digits = load_digits(return_X_y=True)
    part = ("train", "val", "test").index(split)
    glyphs = []
    for digit in range(DIGITS):
        written = pixels[digits == digit].reshape(-1, 8, 8).astype(np.float32) / 16
        cuts = [round(0.6 * len(written)), round(0.8 * len(written))]
        glyphs.append(tuple(_cut(glyph) for glyph in np.split(written, cuts)[part]))
    return tuple(glyphs)


def _cut(glyph: Floats) -> Floats:
    (inked,) = find_objects((glyph > 0.5).astype(np.uint8))
    return glyph[inked]


@dataclass(frozen=True)
class Composer:
    """Draws scenes; the fields are arguments of `Digits`.

    Raises:
        ValueError: If a field is out of range.
    """

    image_size: int
    objects: tuple[int, int]
    clutter: tuple[int, int]
    scale: tuple[float, float]
    contrast: float
    imbalance: float

    def __post_init__(self) -> None:
        if not 1 <= self.objects[0] <= self.objects[1] <= MOST:
            raise ValueError(f"objects must be at least 1 and ascending, at most {MOST}, got {self.objects}")
        if not 0 <= self.clutter[0] <= self.clutter[1] <= MOST:
            raise ValueError(f"clutter must be at least 0 and ascending, at most {MOST}, got {self.clutter}")
        if self.image_size > 8192:
            raise ValueError(f"image_size must be at most 8192, got {self.image_size}")
        if not 4 <= self.scale[0] <= self.scale[1] <= self.image_size:
            raise ValueError(f"scale must ascend from at least 4 to at most {self.image_size}, got {self.scale}")
        if not 0 <= self.contrast <= 255:
            raise ValueError(f"contrast must be between 0 and 255, got {self.contrast}")
        if self.imbalance < 0:
            raise ValueError(f"imbalance must be at least 0, got {self.imbalance}")

    def __call__(self, rng: Generator, glyphs: tuple[tuple[Floats, ...], ...]) -> Scene:
        """A scene of these glyphs, wholly determined by `rng`."""
        digits = self._draw_digits(rng)
        smallest, largest = np.log(self.scale)
        heights = np.exp(rng.uniform(smallest, largest, len(digits)))
        places = rng.random((len(digits), PLACES, 2))
        colours = _draw_colours(rng, INK, (len(digits), COLOURS))
        image = self._background(rng)
        owner = np.zeros(image.shape[1:], np.int32)  # whose ink is on top: 0, or the object's number from 1
        drawn = np.zeros(len(digits))
        for k, digit in enumerate(digits):
            glyph = _draw_glyph(rng, glyphs, digit)
            drawn[k] = self._paint(image, owner, k + 1, _scale(glyph, heights[k]), places[k], colours[k])
        image += 30 * rng.random(image.shape, np.float32) - 15
        return Scene(image.clip(0, 255).astype(np.uint8), owner, *_annotate(owner, digits, drawn))

    def _draw_digits(self, rng: Generator) -> Ints:
        """The objects' digits from back to front, the k-th as frequent as (k + 1) ** -imbalance; -1 is clutter."""
        shares = np.cumsum(np.arange(1.0, DIGITS + 1) ** -self.imbalance)
        count = rng.integers(*self.objects, endpoint=True)
        digits = np.searchsorted(shares, rng.uniform(0, shares[-1], count), side="right")
        clutter = np.full(rng.integers(*self.clutter, endpoint=True), -1)
        return rng.permutation(np.concatenate([digits, clutter]))

    def _background(self, rng: Generator) -> Floats:
        """A random colour with large and small blotches in random colours over it."""
        image = _draw_colours(rng, GROUND, (1, 1)).transpose(2, 0, 1)
        for cells in (4, 12):
            blotches = rng.normal(0, rng.uniform(5, 20), (3, cells, cells)).astype(np.float32)
            image = image + _resize(blotches, self.image_size, self.image_size)
        return image.clip(0, 255)

    def _paint(
        self, image: Floats, owner: NDArray[np.int32], number: int, alpha: Floats, places: Floats, colours: Floats
    ) -> int:
        """Paint an object of that opacity over the others; its pixels, in and out of the image."""
        windows = [self._window(place, alpha.shape) for place in places]
        y, x, here = min(windows, key=lambda window: int(np.count_nonzero(owner[window[-1]])))
        alpha_here = alpha[max(-y, 0) : self.image_size - y, max(-x, 0) : self.image_size - x]
        ground = image[(slice(None), *here)]
        ground += alpha_here * (self._choose(colours, ground.mean((1, 2)))[:, None, None] - ground)
        owner[here][alpha_here > 0.5] = number
        return int(np.count_nonzero(alpha > 0.5))

    def _window(self, place: Floats, size: tuple[int, ...]) -> tuple[int, int, tuple[slice, slice]]:
        """The corner of an object, at most a quarter of it beyond an edge, and the pixels under it."""
        y, x = (int(at * (self.image_size - n / 2) - n / 4) for at, n in zip(place, size, strict=True))
        return y, x, (slice(max(y, 0), y + size[0]), slice(max(x, 0), x + size[1]))

    def _choose(self, colours: Floats, ground: Floats) -> Floats:
        """The colour that is brighter than its ground by the closest to `contrast`."""
        brighter = (colours - ground).mean(1)
        return colours[np.abs(brighter - self.contrast).argmin()]


def _draw_colours(rng: Generator, levels: tuple[int, int], shape: tuple[int, int]) -> Floats:
    """Colours of any hue, with a brightness uniform over `levels`."""
    level = rng.uniform(*levels, (*shape, 1))
    return (level + rng.uniform(-50, 50, (*shape, 3))).astype(np.float32).clip(0, 255)


def _draw_glyph(rng: Generator, glyphs: tuple[tuple[Floats, ...], ...], digit: int) -> Floats:
    """A glyph of the digit. Clutter is a glyph of any digit with its quarters exchanged: strokes that make no digit."""
    written = glyphs[digit if digit >= 0 else rng.integers(DIGITS)]
    glyph = written[rng.integers(len(written))]
    return glyph if digit >= 0 else np.roll(glyph, (glyph.shape[0] // 2, glyph.shape[1] // 2), (0, 1))


def _scale(glyph: Floats, height: float) -> Floats:
    """The opacity of a glyph of that height."""
    width = height * glyph.shape[1] / glyph.shape[0]
    return ((_resize(glyph, round(height), max(round(width), 2)) - 0.35) / 0.3).clip(0, 1)


def _resize(image: Floats, height: int, width: int) -> Floats:
    rows, columns = image.shape[-2:]
    return _weights(rows, height) @ image @ _weights(columns, width).T


@cache
def _weights(old: int, new: int) -> Floats:
    """The matrix that resizes a column of `old` pixels to `new`, bicubic."""
    return F.interpolate(torch.eye(old)[None, None], (new, old), mode="bicubic", antialias=True)[0, 0].numpy()


def _annotate(owner: NDArray[np.int32], digits: Ints, drawn: NDArray[np.float64]) -> tuple[Ints, Floats, Ints]:
    """Mask labels, boxes and box labels, by how much of each object is visible."""
    visible = np.bincount(owner.ravel(), minlength=len(digits) + 1)[1:]
    clear = visible >= MIN_VISIBLE * drawn
    mask_labels = np.where(digits < 0, 0, np.where(clear, digits + 1, IGNORE))
    boxed = np.flatnonzero(clear & (digits >= 0))
    found = find_objects(owner, len(digits))
    boxes = [(found[k][1].start, found[k][0].start, found[k][1].stop, found[k][0].stop) for k in boxed]
    return np.append(0, mask_labels), np.array(boxes, np.float32).reshape(-1, 4), digits[boxed]
