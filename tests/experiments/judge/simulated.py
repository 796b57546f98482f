"""Simulated studies: fake trials that draw from a known distribution, run through the real racing and verdict code."""

from collections.abc import Callable, Mapping, Sequence
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
    own = rng.normal(size=shape)
    own[-1] *= 3
    return own


NOISES: dict[str, Callable[[Generator, tuple[int, ...]], Floats]] = {
    "normal": lambda rng, shape: rng.normal(size=shape),
    "heavy tails": _heavy,
    "skewed": _skewed,
    "dips": _dips,
    "rounded": _steps,
    "one arm noisier": _noisy_arm,
    "uniform": lambda rng, shape: rng.uniform(-np.sqrt(3), np.sqrt(3), shape),
}
"""Seed noise by kind, of (arms, seeds); unit variance, but for the noisy arm, which is the last."""


@dataclass(frozen=True)
class Race:
    """How a race ended."""

    verdicts: list[Verdict]
    runs: int


def race(rng: Generator, effects: Sequence[float], noise: str, shared: float = 0.4, sesoi: float = 1.0) -> Race:
    """Run a race to its end.

    Args:
        rng: Draws the runs.
        effects: Of the tricks, in standard deviations of the difference of two independent runs.
        noise: Its kind.
        shared: Share of the variance that all arms have in common on a seed.
        sesoi: Smallest effect that matters, likewise.
    """
    planned = plan(len(effects), np.sqrt(2) * sesoi)
    drawn = draw(rng, effects, noise, shared)
    counts = wanted(planned, [])
    while True:
        verdicts, _ = judge(planned, first(planned, drawn, counts))
        more = wanted(planned, verdicts)
        if more == counts:
            return Race(verdicts, sum(counts.values()))
        counts = more


def any_found(rng: Generator, tricks: int, noise: str, shared: float) -> bool:
    """Whether tricks that do nothing are found to do something at any look, if none ever stops for another verdict."""
    planned = plan(tricks, 1.0)
    drawn = draw(rng, [0.0] * tricks, noise, shared)
    looks = ({arm.name: 2 * k if arm.name in planned.banks else k for arm in planned.arms} for k in LOOKS)
    return any(found(verdict) for counts in looks for verdict in judge(planned, first(planned, drawn, counts))[0])


def found(verdict: Verdict) -> bool:
    """Whether an effect was found."""
    return verdict.verdict.startswith(("helps", "hurts"))


def draw(rng: Generator, effects: Sequence[float], noise: str, shared: float) -> Floats:
    """Runs of unit variance by arm and seed, the baseline first; see `race`."""
    shape = (1 + len(effects), 2 * LOOKS[-1])
    own, common = NOISES[noise](rng, shape), rng.normal(size=shape[1])
    return np.sqrt(2) * np.array([0.0, *effects])[:, None] + np.sqrt(1 - shared) * own + np.sqrt(shared) * common


def first(planned: Plan, drawn: Floats, counts: Mapping[str, int]) -> dict[str, dict[int, float]]:
    """So many runs of each arm, as scores."""
    return {
        arm.name: dict(enumerate(runs[: counts[arm.name]].tolist()))
        for arm, runs in zip(planned.arms, drawn, strict=True)
    }


def plan(tricks: int, sesoi: float, looks: Sequence[int] = LOOKS) -> Plan:
    """A plan of so many tricks, raced in the design `alone`; its trials are drawn and not trained."""
    names = [f"t{i}" for i in range(tricks)]
    arms = tuple(Arm(name, (), tuple(range(2 * looks[-1]))) for name in (BASELINE, *names))
    ablation = Ablation("simulated", "drawn", names, sesoi, list(range(looks[-1])), list(looks))
    alone = Design("alone", arms, tuple(Comparison(name, name) for name in names))
    return Plan(ablation, arms, (), Path(), (alone,))
