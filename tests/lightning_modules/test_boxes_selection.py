"""Which detections are kept, by hand."""

import pytest
import torch

from lightning_modules.boxes import select


def test_selection_by_hand() -> None:
    boxes = torch.tensor([[0.0, 0.0, 10.0, 10.0], [0.0, 0.0, 10.0, 9.0], [20.0, 0.0, 30.0, 10.0]])
    scores = torch.tensor([[0.9, 0.1], [0.8, 0.7], [0.3, 0.05]])
    found = select(scores, boxes, 0.05, 100, 0.5, 10)
    # Anchor 1 is suppressed as class 0 by anchor 0, but is the best of class 1; there anchor 0 gives way to it.
    assert found["labels"].tolist() == [0, 1, 0]
    assert found["scores"].tolist() == pytest.approx([0.9, 0.7, 0.3])
    assert torch.equal(found["boxes"], boxes)
    assert select(scores, boxes, 0.05, 100, 0.5, 2)["scores"].tolist() == pytest.approx([0.9, 0.7])
    assert select(scores, boxes, 0.05, 2, 0.5, 9)["scores"].tolist() == pytest.approx([0.9])  # 0.8 fills the second
    assert select(scores, boxes, 0.95, 100, 0.5, 9)["boxes"].shape == (0, 4)
