"""Simulated studies: fake trials that draw from a known distribution, run through the real racing and verdict code."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from experiments.declare.ablation import Ablation
from experiments.declare.conditions import DIFFERENCE, Expected
from experiments.declare.configs import Config
from experiments.judge.verdict import Verdict
from experiments.plan.arms import BASELINE, Arm, within
from experiments.plan.comparisons import Comparison, Design
from experiments.plan.planned import Plan
from experiments.results.judged import judge
from experiments.results.race import wanted

LOOKS = (3, 5, 8)
UNIT = np.sqrt(2)  # standard deviation of the difference of two independent runs
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


def race(rng: Generator, planned: Plan, effects: Mapping[str, float], noise: str, shared: float = 0.4) -> Race:
    """Run a race to its end.

    Args:
        rng: Draws the runs.
        planned: The race.
        effects: Arm → effect, where that is not 0, in standard deviations of the difference of two independent runs.
        noise: Its kind.
        shared: Share of the variance that all arms have in common on a seed.
    """
    drawn = draw(rng, planned, effects, noise, shared)
    counts = wanted(planned, [])
    while True:
        verdicts, _ = judge(planned, first(drawn, counts))
        more = wanted(planned, verdicts)
        if more == counts:
            return Race(verdicts, sum(counts.values()))
        counts = more


def any_found(rng: Generator, planned: Plan, noise: str, shared: float) -> bool:
    """Whether tricks that do nothing are found to do something at any look, if none ever stops for another verdict.

    Args:
        rng: Draws the runs.
        planned: The race; Δ does not matter.
        noise: Its kind.
        shared: Share of the variance that all arms have in common on a seed.
    """
    drawn = draw(rng, planned, {}, noise, shared)
    looks = ({arm.name: 2 * k if arm.name in planned.banks else k for arm in planned.arms} for k in LOOKS)
    return any(found(verdict) for counts in looks for verdict in judge(planned, first(drawn, counts))[0])


def found(verdict: Verdict) -> bool:
    """Whether an effect was found."""
    return verdict.verdict.startswith(("helps", "hurts"))


def draw(rng: Generator, planned: Plan, effects: Mapping[str, float], noise: str, shared: float) -> dict[str, Floats]:
    """Runs of unit variance, by arm; see `race`."""
    shape = (len(planned.arms), 2 * LOOKS[-1])
    own, common = NOISES[noise](rng, shape), rng.normal(size=shape[1])
    noises = np.sqrt(1 - shared) * own + np.sqrt(shared) * common
    return {arm.name: UNIT * effects.get(arm.name, 0) + runs for arm, runs in zip(planned.arms, noises, strict=True)}


def first(drawn: Mapping[str, Floats], counts: Mapping[str, int]) -> dict[str, dict[int, float]]:
    """So many runs of each arm, as scores."""
    return {arm: dict(enumerate(runs[: counts[arm]].tolist())) for arm, runs in drawn.items()}


def plan(tricks: int, sesoi: float, conditions: Sequence[str] = ()) -> Plan:
    """A plan of so many tricks, raced in the design `alone`; its trials are drawn and not trained.

    Under two conditions every trick's effect differs between them, as far as is declared.
    """
    names = [f"t{i}" for i in range(tricks)]
    expects: dict[str, Expected] = {name: {DIFFERENCE: "helps"} for name in names if conditions}
    seeds, layers = list(range(LOOKS[-1])), dict.fromkeys(conditions, Config())
    ablation = Ablation("drawn", "drawn", names, sesoi, seeds, [*LOOKS], expects=expects, conditions=layers)
    designs = tuple(_alone(names, condition) for condition in conditions or ("",))
    return Plan(ablation, tuple(arm for design in designs for arm in design.arms), (), Path(), designs)


def _alone(names: Sequence[str], condition: str) -> Design:
    seeds, baseline = tuple(range(2 * LOOKS[-1])), within(condition, BASELINE)
    arms = tuple(Arm(within(condition, name), (), seeds, condition=condition) for name in (BASELINE, *names))
    compared = tuple(Comparison(name, within(condition, name), baseline, condition) for name in names)
    return Design("alone", arms, compared, condition=condition)
