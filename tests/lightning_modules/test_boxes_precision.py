"""Precision at each recall is COCOeval's, to the last bit."""

import numpy as np
import pytest
from faster_coco_eval import COCO, COCOeval_faster

from lightning_modules.boxes import precision
from lightning_modules.boxes.precision import Floats, Objects, precisions

CLASSES = 3


def official(found: Objects, truth: Objects, images: int) -> Floats:
    """The precisions of faster-coco-eval."""
    evaluation = COCOeval_faster(
        _table(truth, images), _table(found, images), "bbox", print_function=lambda *_: None, extra_calc=False
    )
    evaluation.evaluate()
    evaluation.accumulate()
    curves: Floats = evaluation.eval["precision"][..., -1]
    return curves


def _table(objects: Objects, images: int) -> COCO:
    rows = enumerate(zip(*(column.tolist() for column in objects._asdict().values()), strict=True), start=1)
    return COCO(
        {
            "images": [{"id": image} for image in range(images)],
            "categories": [{"id": label, "name": str(label)} for label in range(CLASSES)],
            "annotations": [
                {"id": k, "image_id": i, "category_id": c, "bbox": box, "area": area, "score": score, "iscrowd": 0}
                for k, (i, c, box, area, score) in rows
            ],
        }
    )


def made_up(random: np.random.Generator, images: int, crowd: int, step: float) -> tuple[Objects, Objects]:
    """Detections near objects, of all COCO's sizes; with a step on a grid, so that scores, IoUs and areas are tied.

    Some have no area, images may have nothing, and classes may have more than a hundred detections in one.
    """
    there, many = random.integers(0, 12, images), random.integers(0, crowd, images)
    low, sides = random.uniform(0, 60, (there.sum(), 2)), random.gamma(1, 40, (there.sum(), 2))
    truth = _objects(random, there, _stepped(np.concatenate([low, sides], 1), step), step)
    near = random.integers(0, max(len(low), 1), many.sum())
    boxes = truth.box[near] if len(low) else np.zeros((len(near), 4))
    noise = random.normal(0, 3, boxes.shape) * random.integers(0, 2, (len(boxes), 1))
    boxes = _stepped(boxes + noise, step)
    boxes[:, 2:] = boxes[:, 2:].clip(min=0)
    found = _objects(random, many, boxes, step)
    if random.integers(2):  # where each image has the places of its own objects
        first = np.concatenate([[0], np.cumsum(there)[:-1]])[found.image]
        own = np.where(there[found.image] > 0, first + near % np.maximum(there[found.image], 1), 0)
        found = found._replace(box=truth.box[own] if len(low) else boxes)
    return found, truth._replace(area=random.gamma(1, 3000, len(low))) if random.integers(2) else truth


def _stepped(boxes: Floats, step: float) -> Floats:
    return np.round(boxes / step) * step if step else boxes


def _objects(random: np.random.Generator, counts: np.ndarray, box: Floats, step: float) -> Objects:
    image = np.repeat(np.arange(len(counts)), counts)
    score = random.integers(0, 4, len(image)) / 4 if step else random.uniform(size=len(image))
    return Objects(image, random.integers(0, CLASSES, len(image)), box, box[:, 2:].prod(1), score)


@pytest.mark.parametrize(("crowd", "step"), [(20, 0.0), (20, 8.0), (20, 1.0), (500, 0.0), (500, 8.0), (1, 1.0)])
def test_precisions_are_the_official_ones(crowd: int, step: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precision, "BLOCK", 50)
    random = np.random.default_rng(crowd + int(step))
    reached = set()
    for images in (1, 2, 5, 9, 9, 9, 9, 9):
        found, truth = made_up(random, images, crowd, step)
        ours = precisions(found, truth, CLASSES)
        np.testing.assert_array_equal(ours, official(found, truth, images))
        reached |= set(np.unique(ours))
    assert len(reached) > 2 if crowd > 1 else reached <= {0.0, -1.0}
