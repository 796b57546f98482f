"""Scores of arms whose paired differences are known."""

import math

import numpy as np

from experiments.judge.verdicts import judge_arms

BASELINE = [71.25, 70.5, 71.875, 70.75, 71.5]
GAIN = [1, 1.25, 0.75, 1, 1.25]
NOISE = [2, -2, 1.5, -1, 0.5]
NOTHING = [0.25, -0.25, 0.125, -0.125, 0]
NAN = math.nan


def runs(values):
    return dict(enumerate(values))


def against_baseline(*differences):
    """Arms t0, t1, … whose paired differences are exactly these (eighths are exact in floating point)."""
    scores = {"baseline": runs((BASELINE * 3)[: max(map(len, differences))])}
    for number, values in enumerate(differences):
        scores[f"t{number}"] = {seed: scores["baseline"][seed] + d for seed, d in enumerate(values)}
    return scores


def judge(*differences, sesoi=0.5, **options):
    return judge_arms(against_baseline(*differences), baseline="baseline", sesoi=sesoi, **options)


def random_scores(tricks=4, seeds=6, seed=0, spread=1.0):
    rng = np.random.default_rng(seed)
    arms = ["baseline", *(f"t{number}" for number in range(tricks))]
    return {arm: runs((70 + shift + spread * rng.normal(size=seeds)).tolist()) for shift, arm in enumerate(arms)}
