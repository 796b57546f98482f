"""Effects of tricks as contrasts: weights of arms, whose means they compare; and which of them cannot be told apart."""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Mapping, Sequence

import numpy as np

from experiments.judge.pairs import Floats

Term = tuple[str, ...]  # a trick, or two of them for their interaction
Groups = Sequence[Sequence[str]]  # tricks as lists of alternatives


def columns(arms: Sequence[Collection[str]], groups: Groups) -> dict[Term, Floats]:
    """A column for each trick and each two of different groups, with an entry per arm.

    A trick's is 1 where it is on, −1 where none of its group is on, 0 where an alternative is; that of two tricks is
    their product.

    Args:
        arms: The tricks that are on in each arm.
        groups: The tricks.
    """
    one = {trick: _column(arms, trick, group) for group in groups for trick in group}
    two = [pair for first, second in itertools.combinations(groups, 2) for pair in itertools.product(first, second)]
    return {**{(trick,): column for trick, column in one.items()}, **{(a, b): one[a] * one[b] for a, b in two}}


def _column(arms: Sequence[Collection[str]], trick: str, group: Sequence[str]) -> Floats:
    return np.array([1.0 if trick in on else -1.0 if not set(group) & set(on) else 0.0 for on in arms])


def weights(column: Floats, term: Term) -> Floats:
    """What each arm's mean counts in the effect of a term.

    For a trick: the mean with it minus the mean without. For two: what one adds with the other, minus what it adds
    without.
    """
    return column * 2 ** len(term) / np.abs(column).sum()


def whole(arms: Sequence[Collection[str]], groups: Groups) -> bool:
    """Whether every combination of the tricks is an arm, so that nothing is mixed up."""
    return len(arms) == math.prod(len(group) + 1 for group in groups)


def mixed(arms: Sequence[Collection[str]], groups: Groups) -> dict[Term, dict[Term, float]]:
    """For each term those that it is mixed up with, for lack of arms.

    Returns:
        term → other term → correlation of their columns: 1 or −1 where they are aliases, so that only their sum or
        difference can be estimated.
    """
    terms = columns(arms, groups)
    found: dict[Term, dict[Term, float]] = {term: {} for term in terms}
    for (one, x), (other, y) in [] if whole(arms, groups) else itertools.combinations(terms.items(), 2):
        overlap = float(x @ y) / len(x)
        if abs(overlap) > 1e-9:
            found[one][other] = found[other][one] = overlap
    return found


def aliases(found: Mapping[Term, Mapping[Term, float]]) -> list[dict[Term, float]]:
    """The sets of terms that are one column up to its sign, with the sign of each to the first."""
    sets: list[dict[Term, float]] = []
    for term, others in found.items():
        same = {other: sign for other, sign in others.items() if abs(sign) > 1 - 1e-9}
        if same and not any(term in known for known in sets):
            sets.append({term: 1.0, **same})
    return sets


def shapley(arms: Sequence[Collection[str]], groups: Groups, trick: str) -> Floats:
    """What each arm's mean counts in a trick's share of the whole recipe's gain: its mean gain over all orders.

    The recipe is the first of each group, with the trick in its own group's place. All of its subsets must be arms.
    """
    others = [group[0] for group in groups if trick not in group]
    place = {frozenset(on): i for i, on in enumerate(arms)}
    credit = np.zeros(len(arms))
    for size in range(len(others) + 1):
        for subset in map(frozenset, itertools.combinations(others, size)):
            share = 1 / (len(groups) * math.comb(len(others), size))
            credit[place[subset | {trick}]] += share
            credit[place[subset]] -= share
    return credit
