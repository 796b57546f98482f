"""Simulated studies: fake trials that draw from a known distribution, run through the real racing and verdict code."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from experiments.steer.race import wanted
from numpy.random import Generator
from numpy.typing import NDArray

from experiments.judge.alphas import Alphas
from experiments.judge.racing import judge_race
from experiments.judge.verdict import Verdict

LOOKS = (3, 5, 8)
Floats = NDArray[np.float64]


def _heavy(rng: Generator, shape: tuple[int, ...]) -> Floats:
    return rng.standard_t(4, shape) / np.sqrt(2)


def _skewed(rng: Generator, shape: tuple[int, ...]) -> Floats:
    return (rng.lognormal(0, 0.5, shape) - np.exp(0.125)) / np.sqrt((np.exp(0.25) - 1) * np.exp(0.25))


def _dips(rng: Generator, shape: tuple[int, ...]) -> Floats:
    return (rng.normal(size=shape) - 3 * (rng.random(shape) < 0.05)) / np.sqrt(1 + 9 * 0.05 * 0.95)


def _steps(rng: Generator, shape: tuple[int, ...]) -> Floats:
    return np.round(rng.normal(size=shape), 1)


def _noisy_arm(rng: Generator, shape: tuple[int, ...]) -> Floats:
    return rng.normal(size=shape) * np.where(np.arange(shape[0]) == 1, 3.0, 1.0)[:, None]


NOISES: dict[str, Callable[[Generator, tuple[int, ...]], Floats]] = {
    "normal": lambda rng, shape: rng.normal(size=shape),
    "heavy tails": _heavy,
    "skewed": _skewed,
    "dips": _dips,
    "rounded": _steps,
    "one arm noisier": lambda rng, shape: (
        rng.normal(size=shape) * np.where(np.arange(shape[0]) == 1, 3.0, 1.0)[:, None]
    ),
    "uniform": lambda rng, shape: rng.uniform(-np.sqrt(3), np.sqrt(3), shape),
}
"""Seed noise by kind, of (arms, seeds); unit variance but for the noisy arm."""


@dataclass(frozen=True)
class Race:
    """How a race ended."""

    verdicts: list[Verdict]
    runs: int


def race(rng: Generator, effects: Sequence[float], noise: str, shared: float = 0.4, sesoi: float = 0.5) -> Race:
    """Run a race to its end.

    Args:
        rng: Draws the runs.
        effects: Of the tricks, in standard deviations of the difference of two independent runs.
        noise: Its kind.
        shared: Share of the variance that all arms have in common on a seed.
        sesoi: Smallest effect that matters, likewise.
    """
    arms = ["baseline", *(f"t{i}" for i in range(len(effects)))]
    shape = (len(arms), 2 * LOOKS[-1])
    own, common = NOISES[noise](rng, shape), rng.normal(size=shape[1])
    unit = np.sqrt(2)
    sesoi = unit * sesoi
    drawn = unit * np.array([0.0, *effects])[:, None] + np.sqrt(1 - shared) * own + np.sqrt(shared) * common
    alphas = Alphas(len(effects), LOOKS)
    counts = wanted([], arms[1:], alphas, sesoi)
    while True:
        scores = {arm: dict(enumerate(drawn[i, : counts[arm]].tolist())) for i, arm in enumerate(arms)}
        verdicts = judge_race(scores, baseline="baseline", sesoi=sesoi, looks=LOOKS)
        more = wanted(verdicts, arms[1:], alphas, sesoi)
        if more == counts:
            return Race(verdicts, sum(counts.values()))
        counts = more
