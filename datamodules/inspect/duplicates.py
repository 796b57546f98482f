"""Images that are the same, or nearly: cut, turned over, made brighter, or saved again."""

import itertools
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from datamodules.inspect.facts import THUMB
from datamodules.inspect.parts import (
    PLAIN,
    WHOLE,
    Cut,
    Floats,
    Picture,
    detail,
    grid,
    near,
    parts,
    standard,
    summed,
    vectors,
)

COARSE, FINE = 16, 32  # pixels a side of what is compared: with all images, with the candidates
ALIKE, SAME = 0.65, 0.94  # least correlation of the detail of a candidate, and of a duplicate
CANDIDATES = 3  # of the first list for each image of the second
STEPS = 4, 2, 1  # pixels between the cuts that all images are compared by, candidates, and around the best of these
CHUNK = 4096  # images of a list compared at a time
# What is compared within some seconds: pairs with all their cuts; else pairs as wholes, and images of the second list.
CUTS, WHOLES, IMAGES = 2_000_000, 80_000_000, 2_000


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


Best = list[dict[int, tuple[float, Way]]]


def find_duplicates(one: Sequence[Picture], other: Sequence[Picture], cuts: Sequence[Cut] | None = None) -> list[Pair]:
    """Of each image of the second list the most similar one of the first, where it is a duplicate.

    Either may be the other turned over from left to right, made brighter, saved again with loss, or cut to three
    quarters of the side and more. What is compared is the detail of grey pictures: less their coarse light and shade,
    in which all streets are alike. The candidates have its greatest correlation at 16×16 pixels, over a grid of cuts;
    of a duplicate it is 0.94 at 32×32, in the cut of a finer grid that fits best. Images that show nearly nothing are
    not compared.

    Args:
        one: Grey pictures, each (64, 64).
        other: The same.
        cuts: By which all are compared for candidates; by default those of the grid.
    """
    found = []
    for start in range(0, len(other), CHUNK) if one else ():
        others = summed(other[start : start + CHUNK])
        turned = summed([each[:, ::-1] for each in other[start : start + CHUNK]])
        for b, candidates in enumerate(_candidates(one, others, turned, cuts or grid(STEPS[0]))):
            pairs = [
                Pair(a, start + b, _closely(summed([one[a]])[0], (turned if way.turned else others)[b], way))
                for a, way in candidates
            ]
            best = max(pairs, key=lambda pair: pair.alike, default=Pair(0, b, 0.0))
            found += [best] if best.alike >= SAME else []
    return found


def find_quickly(one: Sequence[Picture], other: Sequence[Picture]) -> list[Pair]:
    """As `find_duplicates` in some seconds: of many images those that `sampled` names, and of all the very same."""
    kept, as_wholes = sampled(len(one), len(other))
    found = find_duplicates(one, [other[place] for place in kept], [WHOLE] if as_wholes else None)
    nearly = {kept[pair.other]: pair._replace(other=kept[pair.other]) for pair in found}
    same = {pair.other: pair for pair in _same(one, other)} if as_wholes else {}
    return sorted((same | nearly).values(), key=lambda pair: pair.other)


def sampled(one: int, other: int) -> tuple[list[int], bool]:
    """Which images of the second list are compared quickly, evenly over it, and whether only as wholes.

    Args:
        one: Length of the first list.
        other: Length of the second.
    """
    as_wholes = one * other > CUTS
    kept = min(other, WHOLES // one, IMAGES) if as_wholes else other
    return np.linspace(0, other - 1, kept).astype(int).tolist(), as_wholes


def _same(one: Sequence[Picture], other: Sequence[Picture]) -> Iterator[Pair]:
    places = {hash(each.tobytes()): place for place, each in enumerate(one)}
    for b, each in enumerate(other):
        if (a := places.get(hash(each.tobytes()))) is not None and each.std() > PLAIN:
            yield Pair(a, b, 1.0)


def _candidates(
    one: Sequence[Picture], others: Floats, turned: Floats, cuts: Sequence[Cut]
) -> list[list[tuple[int, Way]]]:
    """Of each of the others, given as `summed`, the few that it looks most like, and how."""
    best: Best = [{} for _ in others]
    for start in range(0, len(one), CHUNK):
        ones = summed(one[start : start + CHUNK])
        for values, nearest, way in _compared(ones, others, turned, cuts):
            _keep(best, values, nearest + start, way)
    ranked = (sorted(each.items(), key=lambda found: -found[1][0]) for each in best)
    return [[(a, way) for a, (_, way) in each[:CANDIDATES]] for each in ranked]


def _compared(ones: Floats, others: Floats, turned: Floats, cuts: Sequence[Cut]) -> Iterator[tuple[Floats, Any, Way]]:
    """For each way the correlation of each of the others with the nearest one, and where that one stands."""
    sides = ((others, False), (turned, True))
    whole = vectors(ones, WHOLE, COARSE)
    wholes = {is_turned: vectors(each, WHOLE, COARSE) for each, is_turned in sides}
    for cut in cuts:
        of_ones = vectors(ones, cut, COARSE)
        for each, is_turned in sides:
            yield *_nearest(whole, vectors(each, cut, COARSE)), Way(cut, False, is_turned)
            if cut != WHOLE:
                yield *_nearest(of_ones, wholes[is_turned]), Way(cut, True, is_turned)


def _nearest(ones: Floats, others: Floats) -> tuple[Floats, NDArray[np.int64]]:
    alike = others @ ones.T
    nearest = alike.argmax(1)  # along the rows: these lie together in memory
    return alike[np.arange(len(others)), nearest], nearest


def _keep(best: Best, values: Floats, nearest: NDArray[np.int64], way: Way) -> None:
    """Note for each of the others the nearest one."""
    for b in np.flatnonzero(values >= ALIKE).tolist():
        a, value = int(nearest[b]), float(values[b])
        if a not in best[b] or value > best[b][a][0]:
            best[b][a] = value, way


def _closely(one: Floats, other: Floats, way: Way) -> float:
    """The correlation of detail in the cut near one that fits best.

    Near the whole, either may be the one that was cut.
    """
    both = (True, False) if way.cut.side + STEPS[0] >= THUMB else (way.of_one,)
    return max(_fitted(*((one, other) if of_one else (other, one)), np.array(way.cut)) for of_one in both)


def _fitted(part: Floats, whole: Floats, best: NDArray[np.int64]) -> float:
    means = parts(whole, np.array([WHOLE]), FINE)
    target = standard(means)[0]
    for far, step in itertools.pairwise(STEPS):
        cuts = near(best, far, step)
        fits = standard(parts(part, cuts, FINE)) @ target
        best = cuts[int(fits.argmax())]
    return float(detail(parts(part, best[None], FINE))[0] @ detail(means)[0])
