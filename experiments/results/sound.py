"""Whether the baseline's runs deserve verdicts: asked of their last validations, before anything is concluded."""

import math
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple, cast

import numpy as np

from experiments.folder import IMAGES, State
from experiments.images import store
from experiments.images.scored import CLASSES, MEANS, Floats, by_class, mean, overlap, score
from experiments.images.store import Tables
from experiments.plan.arms import BASELINE, Arm, Trial
from experiments.plan.planned import Plan
from experiments.run import attempts
from experiments.run.outcome import read_curve

LEARNED_NOTHING = "has learned nothing"
LOOKED = 8  # seeds that are looked at
FOUND = 0.01  # IoU beyond chance from which a class is found
CHANCE = 0.001  # average precision below which a detector has found nothing, be a box right now and then
WEAK = 3  # classes that are named as the weakest


class Fault(NamedTuple):
    """What keeps a baseline from telling anything.

    Args:
        baseline: The name of the arm.
        what: What is wrong, such as `LEARNED_NOTHING`.
        why: By what this is seen, with the numbers.
    """

    baseline: str
    what: str
    why: str

    @property
    def said(self) -> str:
        """All of it in a sentence."""
        return f"The baseline{'' if self.baseline == BASELINE else f' {self.baseline}'} {self.what}: {self.why}"


def faults(plan: Plan) -> list[Fault]:
    """The baselines of which every finished run has learned nothing, or leaves nothing to gain; the first one's why."""
    return [found for arm in plan.baselines if (found := fault_of_all(plan, arm))]


def fault_of_all(plan: Plan, arm: Arm) -> Fault | None:
    """What is wrong with every finished run of an arm; nothing if one is sound, or none is finished."""
    each = [fault_of(plan, trial) for trial in _finished(plan, arm, LOOKED)]
    return each[0] if each and all(each) else None


def fault_of(plan: Plan, trial: Trial) -> Fault | None:
    """What is wrong with a finished run of a baseline; nothing if it learned something that can be compared."""
    metric, tables = plan.ablation.metric, _tables(trial)
    values = [row[metric] for row in read_curve(trial.folder) or () if math.isfinite(row.get(metric, math.nan))]
    name = metric.partition("/")[2] if metric.startswith("val/") else ""
    if values and values[-1] == 1 and name in ("miou", "accuracy", "map", "map50", "map75"):
        return Fault(trial.arm, "is perfect", f"{metric} is exactly 1, which says that something else is measured")
    if tables and _told_by(tables, name) and (why := _trivial(tables, name)):
        return Fault(trial.arm, LEARNED_NOTHING, why)
    if len(values) > 1 and len(set(values)) == 1:
        return Fault(
            trial.arm, LEARNED_NOTHING, f"{metric} is {values[0]:.4g} in each of its {len(values)} validations"
        )
    return None


def weakest(plan: Plan) -> list[str]:
    """The classes that each baseline's first finished run is worst at, a line each; of one that learned something."""
    first = [trial for arm in plan.baselines for trial in _finished(plan, arm, 1)]
    return [line for trial in first if not fault_of(plan, trial) and (line := _weakest(trial))]


def seen_first(plan: Plan, trial: Trial) -> list[str]:
    """What a baseline's first finished run shows: what is wrong with it, or its weakest classes."""
    if fault := fault_of(plan, trial):
        return [f"{fault.said}. If its other seeds do the same, there will be no verdict"]
    return [line] if (line := _weakest(trial)) else []


def _weakest(trial: Trial) -> str:
    tables = _tables(trial)
    if not tables or len(tables["classes"]) < 3:
        return ""
    (scores,) = by_class(tables, np.ones((1, len(tables["places"]))))
    worst = [k for k in np.argsort(scores, kind="stable") if math.isfinite(scores[k])][:WEAK]
    said = ", ".join(f"{_called(str(tables['classes'][k]))} ({scores[k]:.3f})" for k in worst)
    by = CLASSES[str(tables["task"])]
    return f"{trial.arm}: the weakest classes of its first run, by {by}: {said}" if worst else ""


def _called(name: str) -> str:
    """A class in a sentence, where a number alone would be read as a figure."""
    return name if any(map(str.isalpha, name)) else f"class {name}"


def _finished(plan: Plan, arm: Arm, most: int) -> list[Trial]:
    trials = plan.by_seed[arm.name].values()
    done = (trial for trial in trials if (attempts.result(trial) or {}).get("status") == State.DONE)
    return list(islice(done, most))


def _tables(trial: Trial) -> Tables | None:
    return store.read(trial.folder / IMAGES)


def _told_by(tables: Tables, name: str) -> bool:
    """Whether the metric is one that trivial answers score in."""
    task = str(tables["task"])
    return name in MEANS[task] or (name == "accuracy" and task != "detection")


def _trivial(tables: Tables, name: str) -> str:
    """What shows that the answers are no better than one answer for all; nothing if they are."""
    return next(_signs(tables, name), "")


def _signs(tables: Tables, name: str) -> Iterator[str]:
    task, classes = str(tables["task"]), tables["classes"]
    if task == "detection":
        found = tables["detections"]
        if len(tables["objects"]) and not (found["right_at"] & 1).any():
            yield f"none of its {len(found):,} boxes lies on an object by half" if len(found) else "it finds no box"
        elif len(tables["objects"]) and (reached := _average_precision(tables, name)) < CHANCE:
            yield f"{name} is {reached:.4f}, as little as boxes have that lie on objects by chance"
        return
    what = "pixel" if task == "segmentation" else "image"
    predicted, true, reached = _counts(tables, name)
    only, most = int(predicted.argmax()), int(true.argmax())
    if predicted.sum() and predicted[only] == predicted.sum() and (true > 0).sum() > 1:
        yield f"it calls every {what} {classes[only]}"
    one = _constant(true, most, name)
    if reached <= one and (true > 0).sum() > 1:
        yield f"{name} is {reached:.4f}, and {one:.4f} if every {what} were called {classes[most]}"
    if task == "segmentation" and (true > 0).sum() > 1 and (why := _by_chance(tables)):
        yield why


def _by_chance(tables: Tables) -> str:
    """What shows that no class is found: none has more than its share, its IoU if every pixel were called so."""
    pixels = tables["pixels"].sum(0, dtype=np.float64)
    with np.errstate(invalid="ignore"):
        share, reached = pixels[:, 2] / pixels[:, 2].sum(), overlap(pixels)
    best = int(np.nanargmax(reached - share))
    if reached[best] - share[best] > FOUND:
        return ""
    name = _called(str(tables["classes"][best]))
    return f"no class is found: {name} has an IoU of {reached[best]:.3f}, and {share[best]:.3f} by chance alone"


def _average_precision(tables: Tables, name: str) -> float:
    (reached,) = cast(Floats, score(tables, name, np.ones((1, len(tables["places"])))))
    return float(reached)


def _counts(tables: Tables, name: str) -> tuple[np.ndarray, np.ndarray, float]:
    """Predictions and truths by class, and the metric."""
    if "pixels" in tables:
        right, predicted, true = tables["pixels"].sum(0, dtype=np.float64).T
        with np.errstate(invalid="ignore", divide="ignore"):
            scores = mean(overlap(np.stack([right, predicted, true], -1))), right.sum() / true.sum()
        return predicted, true, float(scores[name == "accuracy"])
    count, counted = len(tables["classes"]), tables["labels"] >= 0
    labels, predicted = tables["labels"][counted], tables["predicted"][counted]
    true, said = (np.bincount(each, minlength=count).astype(np.float64) for each in (labels, predicted))
    return said, true, float((labels == predicted).mean())


def _constant(true: np.ndarray, label: int, name: str) -> float:
    """What the metric would be if one class were the answer to all."""
    share = float(true[label] / true.sum())
    return share / int((true > 0).sum()) if name == "miou" else share
