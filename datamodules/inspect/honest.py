"""A split of the same images in which nothing that belongs together stands on two sides."""

import hashlib
import itertools
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from datamodules.inspect.duplicates import find_duplicates
from datamodules.inspect.leaks import BURST, at_once
from datamodules.inspect.series import Series, series_of, straddling
from datamodules.inspect.split import Split

ROUNDS = 5  # of dealing: an image that is moved may leave a duplicate behind, which is then known
LARGEST = 0.5  # share of the images that a series may hold that is kept together although it straddled no splits
Member = tuple[str, int]  # a split and a place in it
Dealt = dict[str, list[Member]]
Bond = tuple[Member, Member]


def deal_anew(splits: Mapping[str, Split]) -> Dealt:
    """Deal the images out anew, whole groups at a time, so that each split is about as large as it is now.

    Near duplicates make a group, and so do the images of a series that straddles splits, or would once a duplicate of
    one of them has moved. A group that stands in one split stays there while there is room, so that little is moved.

    Returns:
        Split → where its images stand now, in order.
    """
    series = series_of(splits)
    bonds = [*_series(series), *_bursts(splits)]
    dealt = _deal(splits, bonds)
    asked = {member for members in dealt.values() for member in members}
    for _ in range(ROUNDS):
        if not (found := [*_leaks(splits, dealt, asked), *_torn(series, dealt)]):
            break
        bonds += found
        before, dealt = dealt, _deal(splits, bonds)
        asked = set(itertools.chain(*found, *(set(dealt[name]) - set(before[name]) for name in splits)))
    return dealt


def _series(series: Series) -> Iterator[Bond]:
    pairs = itertools.combinations(series.items(), 2)
    torn, first = set[str]().union(*map(straddling, map(dict, pairs))), dict[str, Member]()
    for name, of_split in series.items():
        for index, one in enumerate(of_split):
            if one in torn:
                yield first.setdefault(one, (name, index)), (name, index)


def _bursts(splits: Mapping[str, Split]) -> Iterator[Bond]:
    """All that was taken at about one time, if any of it stands on two sides."""
    if not any(at_once(one, other) for one, other in itertools.combinations(splits.values(), 2)):
        return
    taken = sorted((each.taken, (name, each.index)) for name, split in splits.items() for each in split.read)
    for (before, one), (after, other) in itertools.pairwise(each for each in taken if not math.isnan(each[0])):
        if after - before <= BURST:
            yield one, other


def _torn(series: Series, dealt: Dealt) -> Iterator[Bond]:
    """The series that dealing tore; one of more than half of the images, or of all of a split, is but a name."""
    names = {of_split[0] for of_split in series.values() if len(set(of_split)) == 1}
    found = defaultdict[str, list[tuple[str, Member]]](list)
    for name, members in dealt.items():
        for split, index in members:
            found[series[split][index]].append((name, (split, index)))
    largest = LARGEST * sum(map(len, dealt.values()))
    for one, each in found.items():
        if one not in {"", *names} and len({name for name, _ in each}) > 1 and len(each) <= largest:
            yield from ((each[0][1], member) for _, member in each[1:])


def _leaks(splits: Mapping[str, Split], dealt: Dealt, asked: set[Member]) -> Iterator[Bond]:
    """Near duplicates that stand on two sides, of which one at least is among those that are asked about."""
    thumbs = {(name, each.index): each.thumb for name, split in splits.items() for each in split.read}
    sides = [[member for member in found if member in thumbs] for found in dealt.values()]
    for one, other in itertools.combinations(sides, 2):
        there = [member for member in other if member in asked]
        here = [member for member in one if member in asked]
        for first, second in ((one, there), ([member for member in other if member not in asked], here)):
            ones, others = ([thumbs[member] for member in side] for side in (first, second))
            for pair in find_duplicates(ones, others):
                yield first[pair.one], second[pair.other]


def _deal(splits: Mapping[str, Split], bonds: Sequence[Bond]) -> Dealt:
    room = {name: len(split.facts) for name, split in splits.items()}
    dealt: Dealt = {name: [] for name in splits}
    for group in sorted(_groups(splits, bonds), key=lambda group: (-len(group), _hash(splits, group[0]))):
        homes = {name for name, _ in group}
        best = max(room, key=lambda name: (homes == {name} and room[name] > 0, room[name]))
        dealt[best] += group
        room[best] -= len(group)
    order = list(splits)
    return {name: sorted(found, key=lambda m: (order.index(m[0]), m[1])) for name, found in dealt.items()}


def _groups(splits: Mapping[str, Split], bonds: Sequence[Bond]) -> list[list[Member]]:
    members = [(name, index) for name, split in splits.items() for index in range(len(split.facts))]
    place = {member: k for k, member in enumerate(members)}
    edges = np.array([[place[one], place[other]] for one, other in bonds], int).reshape(-1, 2).T
    graph = sparse.coo_array((np.ones(edges.shape[1]), (edges[0], edges[1])), shape=(len(members),) * 2)
    groups: dict[int, list[Member]] = {}
    for member, group in zip(members, csgraph.connected_components(graph, directed=False)[1].tolist(), strict=True):
        groups.setdefault(group, []).append(member)
    return list(groups.values())


def _hash(splits: Mapping[str, Split], member: Member) -> bytes:
    name, index = member
    return hashlib.sha256(splits[name].names[index].encode()).digest()
