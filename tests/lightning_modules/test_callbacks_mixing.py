"""CutMix, CopyPaste and Mosaic move pixels with their labels."""

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor

from lightning_modules.callbacks import CopyPaste, CutMix, Mosaic
from tests.lightning_modules.detectors import detection

SIZE = 16
SQUARES = ((2, 4, 10, 12), (0, 0, 4, 8), (6, 6, 16, 16))  # one object an image: x1, y1, x2, y2


def make_batch() -> dict[str, Any]:
    """Images that show their mask: object i has the label i + 1 and the brightness of its label."""
    mask = torch.zeros(3, SIZE, SIZE, dtype=torch.int64)
    for i, (x1, y1, x2, y2) in enumerate(SQUARES):
        mask[i, y1:y2, x1:x2] = i + 1
    boxes = [torch.tensor([square], dtype=torch.float32) for square in SQUARES]
    labels = [torch.tensor([i]) for i in range(3)]
    return {"image": mask[:, None].expand(-1, 3, -1, -1).float(), "mask": mask, "boxes": boxes, "labels": labels}


def mix(callback: Any, batch: Any, epoch: int = 0, index: int = 0, rank: int = 0) -> Any:
    callback.on_train_batch_start(SimpleNamespace(current_epoch=epoch, global_rank=rank), None, batch, index)
    return batch


def test_cutmix_takes_a_rectangle_of_the_partner_and_its_labels() -> None:
    before = make_batch()
    after = mix(CutMix(p=1.0), make_batch(), index=1)
    assert torch.equal(after["image"], after["mask"][:, None].expand(-1, 3, -1, -1).float())
    own, partner = before["mask"], before["mask"].roll(1, 0)
    assert ((after["mask"] == own) | (after["mask"] == partner)).all()
    assert not torch.equal(after["mask"], own)
    assert "boxes" not in after, "boxes that no longer fit would train a detector to see what is not there"


def test_at_alpha_1_the_pasted_share_is_uniform_but_for_what_the_edges_cut() -> None:
    torch.manual_seed(0)
    rectangles = [CutMix(alpha=1.0).rectangle(100, 100) for _ in range(400)]
    areas = torch.tensor([(r.stop - r.start) * (c.stop - c.start) for _, r, c in rectangles]) / 100**2
    # A side s is cut to s (1 − s/4) on average: E[s² (1 − s/4)²] for s² uniform is 1/2 − 1/5 + 1/48.
    assert areas.mean().item() == pytest.approx(0.3208, abs=0.03)


def tight(mask: Tensor, label: int) -> list[float]:
    rows, columns = (mask == label).nonzero(as_tuple=True)
    return [columns.min().item(), rows.min().item(), columns.max().item() + 1, rows.max().item() + 1]


def test_mosaic_moves_boxes_as_it_moves_pixels() -> None:
    after = mix(Mosaic(p=1.0), make_batch())
    assert after["image"].shape == (3, 3, SIZE, SIZE)
    for i in range(3):
        assert after["labels"][i].tolist() == [i, (i - 1) % 3, (i - 2) % 3, i]  # three images: the fourth is the first
        for box, label in list(zip(after["boxes"][i].tolist(), after["labels"][i].tolist(), strict=True))[1:3]:
            assert box == tight(after["mask"][i], label + 1)
            x1, y1, x2, y2 = map(int, box)
            assert after["image"][i, :, y1 + 1 : y2 - 1, x1 + 1 : x2 - 1].unique().tolist() in ([label + 1.0], [])


@pytest.mark.parametrize("make", [CutMix, CopyPaste, Mosaic])
def test_the_batch_s_place_in_the_run_decides_and_the_global_stream_is_left_alone(make: Any) -> None:
    changed = []
    for index in range(40):
        torch.manual_seed(index)
        before = torch.get_rng_state()
        one, other = (mix(make(), make_batch(), epoch=3, index=index) for _ in range(2))
        assert torch.equal(torch.get_rng_state(), before)
        assert torch.equal(one["mask"], other["mask"])
        changed.append(not torch.equal(one["mask"], make_batch()["mask"]))
    assert 8 <= sum(changed) <= 32
    ranks = [mix(make(), make_batch(), index=index, rank=1)["mask"] for index in range(40)]
    assert any(not torch.equal(mask, mix(make(), make_batch(), index=i)["mask"]) for i, mask in enumerate(ranks))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: CutMix(p=1.5), r"CutMix: p must lie in \[0, 1\], got 1.5"),
        (lambda: CutMix(alpha=0), "CutMix: alpha must be positive, got 0"),
        (lambda: Mosaic(p=-1), r"Mosaic: p must lie in \[0, 1\], got -1"),
        (
            lambda: mix(CutMix(), {"image": torch.zeros(1, 3, 4, 4), "label": None}),
            "CutMix: needs masks, got a batch of",
        ),
        (
            lambda: CutMix().setup(None, detection(), "fit"),
            "CutMix: cuts through the boxes that Detection trains on; use CopyPaste, Mosaic or MixUp",
        ),
        (lambda: mix(Mosaic(), {"image": torch.zeros(1, 3, 4, 4), "label": None}), "Mosaic: needs masks or boxes"),
        (lambda: mix(Mosaic(), {"image": torch.zeros(1, 3, 5, 4), "mask": None}), "of even size, got .* of 5 × 4"),
    ],
)
def test_what_cannot_be_mixed_is_refused(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()
