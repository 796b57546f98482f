"""Images that are the same, or nearly: cut, turned over, made brighter, or saved again."""

import itertools
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from datamodules.inspect.facts import THUMB

COARSE, FINE = 16, 32  # pixels a side of what is compared: with all images, with the candidates
ALIKE, SAME = 0.75, 0.92  # least correlation of a candidate, and of a duplicate
DETAIL, BLUR = 0.86, 5  # least correlation of what remains of a duplicate less its blur, over so many pixels
CANDIDATES = 3  # of the first list for each image of the second
PLAIN = 4.0  # grey levels: the standard deviation below which an image shows nothing to compare
SMALLEST = 48  # side of a cut
STEPS = 4, 2, 1  # pixels between the cuts that all images are compared by, candidates, and around the best of these
CHUNK = 4096  # images of the first list compared at a time

Floats = NDArray[np.float32]


class Cut(NamedTuple):
    """A square part of an image: its side, and where it begins."""

    side: int
    top: int
    left: int


class Way(NamedTuple):
    """How two images may be the same: the cut of one is the whole other, as it is or turned over."""

    cut: Cut
    of_one: bool
    turned: bool


class Pair(NamedTuple):
    """Two images that are nearly the same, by their places in the two lists, and their correlation."""

    one: int
    other: int
    alike: float


WHOLE = Cut(THUMB, 0, 0)
Best = list[dict[int, tuple[float, Way]]]


def find_duplicates(one: Sequence[NDArray[np.generic]], other: Sequence[NDArray[np.generic]]) -> list[Pair]:
    """Of each image of the second list the most similar one of the first, where it is a duplicate.

    Either may be the other turned over from left to right, made brighter, saved again with loss, or cut to three
    quarters of the side and more. The candidates have the greatest correlation of grey pictures of 16×16 pixels, over a
    grid of cuts; of a duplicate it is 0.92 at 32×32, over a finer grid. Images that show nearly nothing are not
    compared.

    Args:
        one: Grey pictures, each (64, 64).
        other: The same.
    """
    if not one or not other:
        return []
    ones, others = (_sums(np.stack(each).astype(np.float32)) for each in (one, other))
    turned = _sums(np.stack(other).astype(np.float32)[:, :, ::-1])
    found = []
    for b, candidates in enumerate(_candidates(ones, others, turned)):
        pairs = [Pair(a, b, _closely(ones[a], (turned if way.turned else others)[b], way)) for a, way in candidates]
        best = max(pairs, key=lambda pair: pair.alike, default=Pair(0, b, 0.0))
        found += [best] if best.alike >= SAME else []
    return found


def _candidates(ones: Floats, others: Floats, turned: Floats) -> list[list[tuple[int, Way]]]:
    """Of each of the others the few that it looks most like, and how; all are given as `_sums`."""
    best: Best = [{} for _ in others]
    sides = ((others, False), (turned, True))
    whole = _vectors(ones, WHOLE, COARSE)
    wholes = {is_turned: _vectors(each, WHOLE, COARSE) for each, is_turned in sides}
    for cut in _cuts(STEPS[0]):
        parts = _vectors(ones, cut, COARSE)
        for each, is_turned in sides:
            _keep(best, whole, _vectors(each, cut, COARSE), Way(cut, False, is_turned))
            if cut != WHOLE:
                _keep(best, parts, wholes[is_turned], Way(cut, True, is_turned))
    ranked = (sorted(each.items(), key=lambda found: -found[1][0]) for each in best)
    return [[(a, way) for a, (_, way) in each[:CANDIDATES]] for each in ranked]


def _keep(best: Best, ones: Floats, others: Floats, way: Way) -> None:
    """Note for each of the others the nearest one."""
    for start in range(0, len(ones), CHUNK):
        alike = others @ ones[start : start + CHUNK].T
        nearest = alike.argmax(1)  # along the rows: these lie together in memory
        values = alike[np.arange(len(others)), nearest]
        for b in np.flatnonzero(values >= ALIKE).tolist():
            a, value = start + int(nearest[b]), float(values[b])
            if a not in best[b] or value > best[b][a][0]:
                best[b][a] = value, way


def _closely(one: Floats, other: Floats, way: Way) -> float:
    """The greatest correlation over the cuts near one, 0 where single things do not agree.

    Near the whole, either may be the one that was cut.
    """
    alike = 0.0
    for of_one in (True, False) if way.cut.side + STEPS[0] >= THUMB else (way.of_one,):
        part, whole = (one, other) if of_one else (other, one)
        target, best = _vectors(whole[None], WHOLE, FINE)[0], np.array(way.cut)
        for far, step in itertools.pairwise(STEPS):
            cuts = _near(best, far, step)
            found = _standard(_parts(part, cuts)) @ target
            best = cuts[int(found.argmax())]
        one_detail, other_detail = _detail(_parts(part, best[None])), _detail(_parts(whole, np.array([WHOLE])))
        detail = float((one_detail * other_detail).sum())
        alike = max(alike, float(found.max()) if detail >= DETAIL else 0.0)
    return alike


@cache
def _cuts(step: int) -> list[Cut]:
    """The cuts of three quarters of the side and more, on a grid."""
    return [
        Cut(side, top, left)
        for side in range(SMALLEST, THUMB + 1, step)
        for top, left in itertools.product(range(0, THUMB - side + 1, step), repeat=2)
    ]


@cache
def _grid(step: int) -> NDArray[np.int64]:
    return np.array(_cuts(step))


def _near(cut: NDArray[np.int64], far: int, step: int) -> NDArray[np.int64]:
    """The cuts on a grid that are at most so far from one, in size and in place; (n, 3)."""
    cuts: NDArray[np.int64] = _grid(step)[(np.abs(_grid(step) - cut) <= far).all(1)]
    return cuts


def _sums(images: Floats) -> Floats:
    """Of each pixel the sum of all above and left of it: exact, since these are whole numbers below 2²⁴.

    Shape:
        (n, side, side) → (n, side + 1, side + 1)
    """
    return np.pad(images.cumsum(1).cumsum(2), ((0, 0), (1, 0), (1, 0)))


def _vectors(sums: Floats, cut: Cut, size: int) -> Floats:
    """A cut of each image at a smaller size, as `_standard` has it."""
    edges = np.linspace(0, cut.side, size + 1).round().astype(int)
    areas: Any = np.diff(np.diff(sums[:, edges[:, None] + cut.top, edges + cut.left], axis=1), axis=2)
    return _standard(areas / np.outer(np.diff(edges), np.diff(edges)).astype(np.float32))


def _parts(sums: Floats, cuts: NDArray[np.int64]) -> Floats:
    """Many cuts (n, 3) of one image at the finer size."""
    edges = (cuts[:, :1] * np.linspace(0, 1, FINE + 1)).round().astype(int)
    rows, columns = edges + cuts[:, 1:2], edges + cuts[:, 2:]
    areas: Any = np.diff(np.diff(sums[rows[:, :, None], columns[:, None]], axis=1), axis=2)
    sizes = np.diff(edges)
    means: Floats = areas / (sizes[:, :, None] * sizes[:, None]).astype(np.float32)
    return means


def _detail(means: Floats) -> Floats:
    """What a picture shows beyond its coarse light and shade, which many of one kind share."""
    return _standard(means - ndimage.uniform_filter(means, (0, BLUR, BLUR)), 0.0)


def _standard(small: Floats, least: float = PLAIN) -> Floats:
    """Pictures as vectors of mean 0 and length 1, so that products are correlations; 0 of plain ones."""
    flat = small.reshape(len(small), -1)
    flat = flat - flat.mean(1, keepdims=True)
    length = np.linalg.norm(flat, axis=1, keepdims=True)
    plain = least * np.sqrt(flat.shape[1])
    vectors: Floats = np.where(length > plain, flat / np.maximum(length, 1e-6), 0).astype(np.float32)
    return vectors
