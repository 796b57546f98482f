"""All arms of a factorial or a screen fitted together: average effects, interactions of two, and credit.

Least squares over arms and seeds, seeds as blocks. The residuals are what seeds and arms do together: seed noise alone,
for nothing is assumed of the arms. Effects are contrasts of the arms' means.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from experiments.judge.contrasts import Groups, Term, columns, mixed, shapley, weights, whole
from experiments.judge.pairs import Floats, Pairs, turned

Row = tuple[float, float, float, float, float]
Flags = np.ndarray[tuple[int, int], np.dtype[np.bool_]]


@dataclass(frozen=True)
class Contrast:
    """An effect of all arms; NaN where nothing can be estimated.

    Args:
        tricks: One, or two for their interaction: what one adds with the other minus what it adds without.
        effect: Estimate, more is better.
        se: Its standard error.
        low: Plain 95 % interval.
        high: Its other end.
        p: Two-sided, corrected for nothing.
        mixed: Other terms that are in the estimate, with their weight: 1 or −1 is an alias. None where it is clear.
    """

    tricks: Term
    effect: float
    se: float
    low: float
    high: float
    p: float
    mixed: tuple[tuple[Term, float], ...] = ()

    @property
    def clear(self) -> bool:
        """Whether it can be told apart from all others."""
        return not self.mixed

    @property
    def aliases(self) -> dict[Term, float]:
        """The terms that are one with it up to a sign, itself first."""
        return {self.tricks: 1.0, **{term: sign for term, sign in self.mixed if abs(sign) > 1 - 1e-9}}

    @property
    def estimable(self) -> bool:
        """Whether it, or its sum with its aliases, can be told apart from all others."""
        return len(self.aliases) == 1 + len(self.mixed)


@dataclass(frozen=True)
class Fit:
    """What the arms of a design say together.

    Args:
        seeds: Those that every arm ran.
        df: Degrees of freedom of the residuals.
        averages: For each trick its effect averaged over the arms.
        interactions: For each two tricks that can be on together.
        credits: For each trick its Shapley share of the whole recipe's gain.
    """

    seeds: tuple[int, ...]
    df: int
    averages: tuple[Contrast, ...]
    interactions: tuple[Contrast, ...]
    credits: tuple[Contrast, ...]


@dataclass(frozen=True, eq=False)
class Table:
    """The runs of a design's arms.

    Args:
        on: The tricks that are on, for each arm.
        groups: The tricks, as lists of alternatives.
        seeds: Those that every arm ran.
        scores: (seeds, arms), turned so that more is better; a diverged run has the failure value.
        diverged: (seeds, arms), which of them diverged.
    """

    on: tuple[Collection[str], ...]
    groups: Groups
    seeds: tuple[int, ...]
    scores: Floats
    diverged: Flags


def tabulate(
    runs: Sequence[Mapping[int, float]],
    on: Sequence[Collection[str]],
    groups: Groups,
    higher_is_better: bool,
    failure_value: float,
) -> Table:
    """Lay out runs by the seeds that all arms have.

    Args:
        runs: seed → metric, for each arm; a value that is not finite is a diverged run.
        on: The tricks that are on, for each arm.
        groups: The tricks, as lists of alternatives.
        higher_is_better: Direction of the metric.
        failure_value: What a diverged run scores.
    """
    seeds = sorted(set.intersection(*(set(each) for each in runs)))
    both = [turned({seed: each[seed] for seed in seeds}, higher_is_better, failure_value) for each in runs]
    scores, diverged = (np.stack(parts, axis=1) for parts in zip(*both, strict=True))
    return Table(tuple(on), groups, tuple(seeds), scores, diverged)


def fit(table: Table) -> Fit:
    """Estimate every effect of a design."""
    terms = columns(table.on, table.groups)
    averages = {term: weights(column, term) for term, column in terms.items()}
    tricks = [trick for group in table.groups for trick in group]
    # In a screen, where interactions of three count as nothing, a trick's average is its credit.
    every = whole(table.on, table.groups)
    credits: dict[Term, Floats] = {(t,): shapley(table.on, table.groups, t) if every else averages[t,] for t in tricks}
    effects = _contrasts(table, averages, mixed(table.on, table.groups))
    df = (len(table.on) - 1) * max(0, len(table.seeds) - 1)
    return Fit(table.seeds, df, effects[: len(tricks)], effects[len(tricks) :], _contrasts(table, credits, {}))


def _contrasts(
    table: Table, asked: Mapping[Term, Floats], confounded: Mapping[Term, Mapping[Term, float]]
) -> tuple[Contrast, ...]:
    estimates = _least_squares(table.scores, np.stack(list(asked.values())))
    others = [tuple(confounded.get(term, {}).items()) for term in asked]
    return tuple(Contrast(term, *row, other) for term, row, other in zip(asked, estimates, others, strict=True))


def _least_squares(scores: Floats, contrasts: Floats) -> list[Row]:
    """Effect, standard error, 95 % interval and p of each contrast of the arms' means."""
    from statsmodels.regression.linear_model import OLS  # takes a second to import

    k, arms = scores.shape
    if not k:
        return [(math.nan,) * 5] * len(contrasts)
    effects = contrasts @ scores.mean(axis=0)
    blocks = np.eye(k)[:, 1:]
    cells = np.hstack([np.tile(np.eye(arms), (k, 1)), np.repeat(blocks, arms, axis=0)])
    fitted = OLS(scores.ravel(), cells).fit()
    rounding = 1e-12 * np.abs(scores).max()
    if not fitted.df_resid or math.sqrt(fitted.ssr / scores.size) <= rounding:  # nothing varies: no seed noise was seen
        return [(effect, *(math.nan,) * 4) for effect in effects.tolist()]
    test = fitted.t_test(np.hstack([contrasts, np.zeros((len(contrasts), k - 1))]))
    ends = test.conf_int()
    return [tuple(row) for row in np.column_stack([effects, test.sd, ends, test.pvalue]).tolist()]


def halves(table: Table, trick: str) -> Pairs:
    """For each seed the mean of the arms with the trick beside that of those without, to be judged as any pairs are.

    A seed counts as diverged on the side where more runs diverged.

    The residuals of the fit have more degrees of freedom, but a trick that a seed favours in all arms is not in them:
    verdicts by them are wrong in 5 to 22 % of studies (3 or 5 seeds, such a spread of a quarter to all of the seed
    noise), by the rule for pairs in at most 5 %.
    """
    weight = weights(columns(table.on, table.groups)[trick,], (trick,))
    on, off = np.maximum(weight, 0), np.maximum(-weight, 0)
    failed, failed_off = table.diverged @ (on > 0), table.diverged @ (off > 0)
    return Pairs(table.seeds, table.scores @ on, table.scores @ off, failed > failed_off, failed_off > failed)
