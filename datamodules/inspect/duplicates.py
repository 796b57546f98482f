"""Images that are the same, or nearly: cut, turned over, or saved again."""

import itertools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from datamodules.inspect.facts import THUMB

COARSE, FINE = 16, 32  # pixels a side of what is compared: with all images, with the candidates
ALIKE, SAME = 0.75, 0.92  # least correlation of a candidate, and of a duplicate
CANDIDATES = 3  # of the first list for each image of the second
PLAIN = 4.0  # grey levels: the standard deviation below which an image shows nothing to compare
SMALLEST = 48  # side of a cut
CHUNK = 4096  # images of the first list compared at a time

Floats = NDArray[np.float32]
Cut = tuple[int, int, int]  # side, top, left


class Pair(NamedTuple):
    """Two images that are nearly the same, by their places in the two lists, and their correlation."""

    one: int
    other: int
    alike: float


def find_duplicates(one: Sequence[NDArray[np.generic]], other: Sequence[NDArray[np.generic]]) -> list[Pair]:
    """Of each image of the second list the most similar one of the first, where it is a duplicate.

    Either may be the other turned over from left to right, saved again with loss, or cut to three quarters of the side
    and more. The candidates have the greatest correlation of grey pictures of 16×16 pixels, over a grid of cuts; of a
    duplicate it is 0.92 at 32×32, over a finer grid. Images that show nearly nothing are not compared.

    Args:
        one: Grey pictures, each (64, 64).
        other: The same.
    """
    if not one or not other:
        return []
    ones, others = (np.stack(each).astype(np.float32) for each in (one, other))
    found = []
    for b, candidates in enumerate(_candidates(ones, others)):
        pairs = [Pair(a, b, _closely(ones[a], others[b])) for a in candidates]
        best = max(pairs, key=lambda pair: pair.alike, default=Pair(0, b, 0.0))
        found += [best] if best.alike >= SAME else []
    return found


def _candidates(ones: Floats, others: Floats) -> list[list[int]]:
    """Of each of the others the few that it looks most like, as a whole or a cut."""
    best: list[dict[int, float]] = [{} for _ in others]
    whole, turned = _vectors(ones, COARSE), others[:, :, ::-1]
    for side, top, left in _cuts(4):
        for images in (others, turned):
            parts = _vectors(images[:, top : top + side, left : left + side], COARSE)
            cut = _vectors(ones[:, top : top + side, left : left + side], COARSE)
            _keep(best, whole, parts)
            _keep(best, cut, _vectors(images, COARSE))
    return [sorted(each, key=lambda a: -each[a])[:CANDIDATES] for each in best]


def _keep(best: list[dict[int, float]], ones: Floats, others: Floats) -> None:
    """Note for each of the others the nearest one."""
    for start in range(0, len(ones), CHUNK):
        alike = ones[start : start + CHUNK] @ others.T
        nearest = alike.argmax(0)
        for b, (a, value) in enumerate(zip(nearest.tolist(), alike.max(0).tolist(), strict=True)):
            if value >= ALIKE:
                best[b][a + start] = max(value, best[b].get(a + start, 0.0))


def _cuts(step: int) -> list[Cut]:
    """The cuts at every `step` pixels."""
    return [
        (side, top, left)
        for side in range(SMALLEST, THUMB + 1, step)
        for top, left in itertools.product(range(0, THUMB - side + 1, step), repeat=2)
    ]


def _closely(one: Floats, other: Floats) -> float:
    """The greatest correlation of two images, either of which may be a cut of the other, or turned over."""
    return max(
        _of_cuts(whole, cut) for turned in (other, other[:, ::-1]) for whole, cut in ((one, turned), (turned, one))
    )


def _of_cuts(cut: Floats, whole: Floats) -> float:
    target = _vectors(cut[None], FINE)
    by_side = itertools.groupby(_cuts(2), key=lambda each: each[0])
    parts = (np.stack([whole[top : top + side, left : left + side] for side, top, left in cuts]) for _, cuts in by_side)
    return max(float((_vectors(each, FINE) @ target.T).max()) for each in parts)


def _vectors(images: Floats, size: int) -> Floats:
    """Small grey pictures as vectors of mean 0 and length 1, so that products are correlations; 0 of plain images."""
    small = _shrink(images, size).reshape(len(images), -1)
    small = small - small.mean(1, keepdims=True)
    length = np.linalg.norm(small, axis=1, keepdims=True)
    vectors: Floats = np.where(length > PLAIN * size, small / np.maximum(length, 1e-6), 0).astype(np.float32)
    return vectors


def _shrink(images: Floats, size: int) -> Floats:
    """Means over a grid of `size`; the borders fall where they are nearest."""
    edges = np.linspace(0, images.shape[1], size + 1).round().astype(int)[:-1]
    counts = np.diff([*edges, images.shape[1]])
    summed = np.add.reduceat(np.add.reduceat(images, edges, axis=1), edges, axis=2)
    shrunk: Floats = (summed / np.outer(counts, counts)).astype(np.float32)
    return shrunk
