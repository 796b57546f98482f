"""Validation images that one trial sees otherwise than another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from experiments.folder import IMAGES, PICTURES
from experiments.images import pictures, store
from experiments.images.scored import each
from experiments.plan.arms import Trial
from experiments.plan.comparisons import Comparison
from experiments.results.paired import pairs
from experiments.results.study import Study


@dataclass(frozen=True)
class Left:
    """What a trial has left of its images; see `store` and `pictures`."""

    tables: store.Tables
    files: dict[str, bytes]
    said: dict[int, Any]

    @property
    def places(self) -> list[int]:
        """Where the images of which there are pictures stand in the data set."""
        return sorted(int(name.removesuffix(".jpg")) for name in self.files if name.endswith(".jpg"))


@dataclass(frozen=True)
class Change:
    """An image under two trials.

    Args:
        place: Where it stands in the data set.
        seed: Of the trials.
        baseline: What the one without the trick has left.
        arm: What the other has left.
        before: The image's score without the trick.
        after: The same with it.
    """

    place: int
    seed: int
    baseline: Left
    arm: Left
    before: float
    after: float

    @property
    def name(self) -> str:
        """What the image is called."""
        names, places = self.arm.tables["names"], self.arm.tables["places"].tolist()
        return str(names[places.index(self.place)]) if len(names) else f"image {self.place}"


def changes(study: Study, compared: Comparison, each_way: int) -> list[Change]:
    """The images that changed most for better, then those that did for worse, by the lowest seed that shows any."""
    for mine, its in pairs(study, compared):
        arm, baseline = (_left(study.plan.by_seed[row["arm"]][row["seed"]]) for row in (mine, its))
        if arm and baseline and _are_alike(arm, baseline):
            return _most(arm, baseline, mine["seed"], each_way)
    return []


def _left(trial: Trial) -> Left | None:
    tables, seen = store.read(trial.folder / IMAGES), pictures.read(trial.folder / PICTURES)
    return Left(tables, *seen) if tables and seen else None


def _are_alike(one: Left, other: Left) -> bool:
    tables = all(np.array_equal(one.tables[name], other.tables[name]) for name in ("task", "classes", "places"))
    return tables and one.places == other.places


def _most(arm: Left, baseline: Left, seed: int, each_way: int) -> list[Change]:
    places = arm.tables["places"].tolist()
    rows = [places.index(place) for place in arm.places if place in places]
    scores = each(baseline.tables), each(arm.tables)
    found = [Change(places[row], seed, baseline, arm, *(float(score[row]) for score in scores)) for row in rows]
    ranked = sorted(found, key=lambda change: change.before - change.after)
    better = [change for change in ranked[:each_way] if change.after > change.before]
    return better + [change for change in ranked[::-1][:each_way] if change.after < change.before]
