"""What the anchors of a batch are to say: the same for every image, whatever stands beside it."""

import pytest
import torch
from torch import Tensor

from lightning_modules.boxes import BACKGROUND, Targets
from lightning_modules.heads import BoxHead
from lightning_modules.layers import Level
from tests.bench.row import peak
from tests.lightning_modules.boxes import random_boxes
from tests.walk import subclasses

SIZE = 64
every_head = pytest.mark.parametrize("cls", subclasses(BoxHead))


def targets(cls: type[BoxHead], boxes: list[Tensor], labels: list[Tensor], size: int = SIZE) -> Targets:
    head = cls([Level(8, s) for s in (4, 8, 16)], 9, background_logit=False, channels=8, depth=1)
    return head.targets(boxes, labels, head.anchors(torch.zeros(1, 3, size, size)))


def objects(*counts: int) -> tuple[list[Tensor], list[Tensor]]:
    return [random_boxes(n, seed=n).float() for n in counts], [torch.arange(n) for n in counts]


@every_head
def test_targets_of_a_batch_are_those_of_each_image(cls: type[BoxHead]) -> None:
    boxes, labels = objects(3, 0, 5)
    whole = targets(cls, boxes, labels)
    for i in range(3):
        alone = targets(cls, boxes[i : i + 1], labels[i : i + 1])
        assert torch.equal(whole.labels[i], alone.labels[0])
        assert torch.equal(whole.boxes[i][whole.matched[i]], alone.boxes[0][alone.matched[0]])
    assert (whole.labels[1] == BACKGROUND).all()
    assert whole.matched.any(dim=1).tolist() == [True, False, True]
    at = whole.matched[2].nonzero()[0, 0]
    assert torch.equal(whole.boxes[2, at], boxes[2][whole.labels[2, at]])


@every_head
def test_the_order_of_objects_does_not_matter(cls: type[BoxHead]) -> None:
    (boxes,), (labels,) = objects(6)
    order = torch.tensor([3, 5, 0, 1, 4, 2])
    one, other = targets(cls, [boxes], [labels]), targets(cls, [boxes[order]], [labels[order]])
    assert torch.equal(one.labels, other.labels)
    assert one.matched.any()


@every_head
def test_one_crowded_image_does_not_make_the_others_cost_what_it_does(cls: type[BoxHead]) -> None:
    def mebibytes(*counts: int) -> float:
        boxes, labels = objects(*counts)
        return peak(lambda: targets(cls, boxes, labels, size=128))

    assert mebibytes(60, *[1] * 7) < 1.5 * mebibytes(60)
