"""Simulated studies: fake trials that draw from a known distribution, run through the real racing and verdict code."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from experiments.declare.ablation import Ablation
from experiments.judge.verdict import Verdict
from experiments.plan.arms import BASELINE, Arm
from experiments.plan.comparisons import Comparison, Design
from experiments.plan.planned import Plan
from experiments.results.judged import judge
from experiments.results.race import wanted

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
    planned = plan(len(effects), np.sqrt(2) * sesoi)
    shape = (len(planned.arms), 2 * LOOKS[-1])
    own, common = NOISES[noise](rng, shape), rng.normal(size=shape[1])
    drawn = np.sqrt(2) * np.array([0.0, *effects])[:, None] + np.sqrt(1 - shared) * own + np.sqrt(shared) * common
    counts = wanted(planned, [])
    while True:
        scores = {
            arm.name: dict(enumerate(drawn[i, : counts[arm.name]].tolist())) for i, arm in enumerate(planned.arms)
        }
        verdicts, _ = judge(planned, scores)
        more = wanted(planned, verdicts)
        if more == counts:
            return Race(verdicts, sum(counts.values()))
        counts = more


def plan(tricks: int, sesoi: float, looks: Sequence[int] = LOOKS) -> Plan:
    """A plan of so many tricks, raced in the design `alone`; its trials are drawn and not trained."""
    names = [f"t{i}" for i in range(tricks)]
    arms = tuple(Arm(name, (), tuple(range(2 * looks[-1]))) for name in (BASELINE, *names))
    ablation = Ablation("simulated", "drawn", names, sesoi, list(range(looks[-1])), list(looks))
    alone = Design("alone", arms, tuple(Comparison(name, name) for name in names))
    return Plan(ablation, arms, (), Path(), (alone,))
