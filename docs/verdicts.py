"""Simulates the rule of docs/verdicts.md, draws its plots and writes its tables: `make verdicts`.

Runs are normal, with a standard deviation of 1 and a share of .4 that all arms of a seed have in common.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.random import Generator

from docs.console import between
from docs.plots import Curves, plot, table, words
from experiments.judge.alphas import Alphas
from experiments.judge.course import seeds_next
from experiments.judge.racing import judge_race
from experiments.judge.verdict import Verdict
from experiments.judge.verdicts import judge_arms

HERE = Path(__file__).parent
SHARED = 0.4
LOOKS = (3, 5, 8)
SESOI = 0.5
MADE = ((1.6, 0.8), (0.25, 0.1), (-1.4, 0.7), (0.05, 0.3), (-0.45, 0.7), (0.7, 1.0))  # mean and spread of five pairs
TRICKS = (1, 2, 4, 6, 9, 12)
EFFECTS = (0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0)
Scores = dict[str, dict[int, float]]


def drawn(rng: Generator, effects: Sequence[float], seeds: int) -> Scores:
    """Runs of a baseline and of a trick for each effect."""
    runs = np.sqrt(1 - SHARED) * rng.normal(size=(1 + len(effects), seeds)) + np.sqrt(SHARED) * rng.normal(size=seeds)
    arms = runs + np.array([0.0, *effects])[:, None]
    return {f"arm {i}" if i else "baseline": dict(enumerate(values)) for i, values in enumerate(arms)}


def found(verdict: Verdict) -> bool:
    """Whether it claims an effect."""
    return verdict.verdict.startswith(("helps", "hurts"))


def raced(scores: Scores, twice: int) -> tuple[list[Verdict], int]:
    """The verdicts of a race over runs that are known beforehand, and how many of them it needed."""
    counts = {arm: LOOKS[0] for arm in scores if arm != "baseline"}
    while True:
        baseline = twice * max(counts.values())
        known = {arm: dict(list(runs.items())[: counts.get(arm, baseline)]) for arm, runs in scores.items()}
        verdicts = judge_race(known, baseline="baseline", sesoi=SESOI, looks=LOOKS)
        alphas = Alphas(len(counts), LOOKS)
        wanted = {verdict.arm: seeds_next(verdict, alphas, SESOI) for verdict in verdicts}
        if wanted == counts:
            return verdicts, baseline + sum(counts.values())
        counts = wanted


def share(repetitions: int, seed: Sequence[int], happens: Callable[[Generator], bool]) -> float:
    """How often something happens."""
    rng = np.random.default_rng(seed)
    return sum(happens(rng) for _ in range(repetitions)) / repetitions


def false_alarms(repetitions: int) -> Curves:
    """Number of tricks, none of which does anything → share of studies that claim something of one, at 5 seeds."""

    def plain(rng: Generator, tricks: int) -> bool:
        judged = judge_arms(drawn(rng, [0.0] * tricks, 5), baseline="baseline", sesoi=SESOI)
        return any(verdict.plain_p < 0.05 for verdict in judged)

    def ours(rng: Generator, tricks: int) -> bool:
        return any(map(found, judge_arms(drawn(rng, [0.0] * tricks, 5), baseline="baseline", sesoi=SESOI)))

    rules: dict[str, Callable[[Generator, int], bool]] = {"each trick at p < .05": plain, "this rule": ours}
    return {
        name: [(m, share(repetitions, (0, m), lambda rng, m=m, rule=rule: rule(rng, m))) for m in TRICKS]
        for name, rule in rules.items()
    }


def power(repetitions: int) -> Curves:
    """Effect in standard deviations of a run → share of studies of six tricks in which it is found."""

    def fixed(rng: Generator, effect: float, seeds: int) -> bool:
        return found(judge_arms(drawn(rng, [effect] + [0.0] * 5, seeds), baseline="baseline", sesoi=SESOI)[0])

    def race(rng: Generator, effect: float) -> bool:
        return found(raced(drawn(rng, [effect] + [0.0] * 5, 2 * LOOKS[-1]), twice=2)[0][0])

    curves = {
        f"{k} seeds": [(e, share(repetitions, (k,), lambda rng, e=e, k=k: fixed(rng, e, k))) for e in EFFECTS]
        for k in LOOKS
    }
    return {**curves, "raced": [(e, share(repetitions, (1,), lambda rng, e=e: race(rng, e))) for e in EFFECTS]}


def runs_needed(repetitions: int) -> Curves:
    """Number of tricks, a third of which helps by 2 sd → runs of a race over those of 8 fixed seeds."""

    def used(rng: Generator, tricks: int) -> int:
        effects = [2.0 * (i % 3 == 0) for i in range(tricks)]
        return raced(drawn(rng, effects, 2 * LOOKS[-1]), twice=2)[1]

    rngs = {m: np.random.default_rng((2, m)) for m in TRICKS if m >= 3}
    mean = {m: np.mean([used(rng, m) for _ in range(repetitions)]) / (8 * (m + 1)) for m, rng in rngs.items()}
    return {"raced": [(m, float(value)) for m, value in mean.items()]}


def judged() -> list[Verdict]:
    """The verdicts of the made effects, each as if it were the only trick."""
    pattern = np.array([-1.2, -0.6, 0.0, 0.6, 1.2]) / np.sqrt(0.9)  # mean 0, standard deviation 1
    runs = [dict(enumerate(mean + spread * pattern)) for mean, spread in MADE]
    still = dict.fromkeys(range(5), 0.0)
    return [judge_arms({"baseline": still, "trick": arm}, baseline="baseline", sesoi=SESOI)[0] for arm in runs]


def main(folder: Path, repetitions: int) -> None:
    """Write plots and page into a folder that holds the page."""
    words(folder / "verdicts-words.svg", judged(), SESOI)
    text = (folder / "verdicts.md").read_text(encoding="utf-8")
    for name, across, simulated in (
        ("false-alarms", "tricks", false_alarms),
        ("power", "effect in sd", power),
        ("race", "tricks", runs_needed),
    ):
        curves = simulated(repetitions)
        plot(folder / f"verdicts-{name}.svg", across, curves)
        text = between(text, name, table(across, curves))
    (folder / "verdicts.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(HERE, 300)
