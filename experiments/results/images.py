"""What the trials' last validations say of single images: parts of them, and the metric on resampled images."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from experiments.folder import IMAGES
from experiments.images.parts import Part, part_scores
from experiments.images.scored import score
from experiments.images.store import Tables, read
from experiments.results.looked_into import seeds_seen
from experiments.results.paired import complete

if TYPE_CHECKING:
    from experiments.results.study import Study

Floats = NDArray[np.float64]
SAMPLES = {"segmentation": 200, "classification": 200, "detection": 50}  # of AP each takes long


@dataclass(frozen=True)
class Seen:
    """What a validation says of its images.

    Args:
        which: A hash of the images, the classes and the task: two can be compared if theirs is one.
        images: How many.
        parts: What each part scores.
        sampled: The primary metric on all images, then on resampled ones, the same in all trials; None if images do
            not tell it.
    """

    which: str
    images: int
    parts: Mapping[Part, float]
    sampled: Floats | None


def seen(study: Study) -> dict[str, dict[int, Seen]]:
    """Arm → seed → what its finished trial has left, in as many seeds as are looked into."""
    split, _, metric = study.plan.ablation.metric.partition("/")
    found: dict[str, dict[int, Seen]] = {}
    first = seeds_seen(study.plan)
    for arm, trials in study.plan.by_seed.items():
        for seed in [*trials][:first]:
            if seed in study.finished[arm] and (tables := read(trials[seed].folder / IMAGES)):
                found.setdefault(arm, {})[seed] = _seen(tables, metric if split == "val" else "")
    return found


def _seen(tables: Tables, metric: str) -> Seen:
    marks = [tables[name] for name in ("places", "classes", "task")]
    which = hashlib.sha256(b"".join(mark.tobytes() for mark in marks)).hexdigest()
    images = len(tables["places"])
    return Seen(which, images, part_scores(tables), score(tables, metric, _times(images, SAMPLES[str(tables["task"])])))


@cache
def _times(images: int, samples: int) -> Floats:
    """How often each image counts: once, then as often as it is drawn in each of the samples of as many images."""
    drawn = np.random.default_rng(0).multinomial(images, np.full(images, 1 / images), samples)
    return np.concatenate([np.ones((1, images)), drawn])


def together(study: Study, arms: Collection[str]) -> list[dict[str, Seen]]:
    """What some arms have left, seed by seed, where all of them have a finite metric and saw the same images."""
    found = []
    for rows in complete(study, arms):
        each = {arm: study.images.get(arm, {}).get(row["seed"]) for arm, row in rows.items()}
        there = {arm: one for arm, one in each.items() if one is not None}
        if len(there) == len(rows) and len({one.which for one in there.values()}) == 1:
            found.append(there)
    return found


def by_part(study: Study, weights: Mapping[str, float]) -> dict[Part, Floats]:
    """An effect in each part that all of its trials can score, seed by seed."""
    each, values = together(study, weights), dict[Part, Floats]()
    for part in each[0][next(iter(weights))].parts if each else ():
        values[part] = np.array([math.fsum(w * one[arm].parts[part] for arm, w in weights.items()) for one in each])
    return {part: column for part, column in values.items() if np.isfinite(column).all()}


def resampled(study: Study, weights: Mapping[str, float]) -> tuple[Floats, int] | None:
    """An effect on all images, in the first row, and on resampled ones, turned so that more is better.

    Returns:
        The effects, and how many images there are; None where these do not tell the metric, or no trial has left them.

    Shape:
        (1 + samples, seeds)
    """
    each, sign = together(study, weights), 1 if study.plan.ablation.higher_is_better else -1
    if not each or any(one.sampled is None for seed in each for one in seed.values()):
        return None
    columns = [sum(sign * w * np.asarray(one[arm].sampled) for arm, w in weights.items()) for one in each]
    return np.stack(columns, 1), next(iter(each[0].values())).images
