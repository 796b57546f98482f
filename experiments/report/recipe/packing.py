"""The best of all sets of tricks, by integer programming: of 30 tricks there are 10⁹ sets."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

Pairs = Mapping[frozenset[str], float]
Row = tuple[Mapping[int, float], float, float]  # coefficients by column, and what their sum must lie between
ROOM = 1e-9  # for rounding, in budgets


def best(
    worth: Mapping[str, float],
    pairs: Pairs,
    groups: Sequence[Sequence[str]],
    spent: Sequence[tuple[Mapping[str, float], float]],
) -> list[str]:
    """The tricks that are worth most together, one or more of them; none where no trick fits.

    Args:
        worth: Of each trick.
        pairs: Two of the tricks → what they are worth together beyond that.
        groups: Tricks of which at most one is taken.
        spent: What each trick costs, and the most that all together may.
    """
    columns = {trick: column for column, trick in enumerate(worth)}
    rows = [*_rows(columns, groups, spent), *_both(columns, list(pairs))]
    values = np.array([*worth.values(), *pairs.values()])
    matrix = np.zeros((len(rows), len(values)))
    for row, (coefficients, _, _) in zip(matrix, rows, strict=True):
        row[list(coefficients)] = list(coefficients.values())
    found = milp(
        -values / (np.abs(values).max() or 1),
        integrality=np.ones(len(values), dtype=np.int64),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(matrix, [row[1] for row in rows], [row[2] for row in rows]),
        options={"mip_rel_gap": 0},
    )
    return [trick for trick, column in columns.items() if found.x[column] > 0.5] if found.success else []


def _rows(
    columns: Mapping[str, int],
    groups: Sequence[Sequence[str]],
    spent: Sequence[tuple[Mapping[str, float], float]],
) -> Iterator[Row]:
    yield dict.fromkeys(columns.values(), 1.0), 1, math.inf
    for group in groups:
        yield {columns[trick]: 1.0 for trick in group if trick in columns}, -math.inf, 1
    for costs, most in spent:
        yield {columns[trick]: cost for trick, cost in costs.items()}, -math.inf, most + ROOM


def _both(columns: Mapping[str, int], pairs: Sequence[frozenset[str]]) -> Iterator[Row]:
    """What makes the column of two tricks 1 where both are taken, else 0."""
    for pair, place in zip(pairs, range(len(columns), len(columns) + len(pairs)), strict=True):
        one, other = (columns[trick] for trick in pair)
        yield {place: 1.0, one: -1.0}, -math.inf, 0
        yield {place: 1.0, other: -1.0}, -math.inf, 0
        yield {place: 1.0, one: -1.0, other: -1.0}, -1, math.inf
