"""CopyPaste: rectangles of the partner's objects, and what is left in sight of either image's boxes."""

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor

from datamodules import Digits
from lightning_modules.callbacks import CopyPaste, MixUp

SIZE = 24
Box = tuple[list[float], int]


def scenes(objects: tuple[int, ...] = (5, 0, 4, 6)) -> dict[str, Any]:
    """Images of one value each, their index, so that every pixel tells where it is from; boxes lie between pixels."""
    generator = torch.Generator().manual_seed(0)
    image = torch.arange(len(objects)).float().view(-1, 1, 1, 1).expand(-1, 3, SIZE, SIZE)
    corners = [torch.rand(n, 2, generator=generator) * 12 for n in objects]
    sizes = [2 + torch.rand(n, 2, generator=generator) * 10 for n in objects]
    boxes = [torch.cat([corner, corner + size], 1) for corner, size in zip(corners, sizes, strict=True)]
    labels = [torch.arange(n) + 10 * i for i, n in enumerate(objects)]
    return {"image": image, "mask": image[:, 0].long(), "boxes": boxes, "labels": labels}


def paste(callback: Any, batch: Any, index: int = 0) -> Any:
    callback.on_train_batch_start(SimpleNamespace(current_epoch=0, global_rank=0), None, batch, index)
    return batch


def touched(box: list[float]) -> set[tuple[int, int]]:
    x1, y1, x2, y2 = box
    pixels = ((x, y) for x in range(SIZE) for y in range(SIZE))
    return {(x, y) for x, y in pixels if x + 1 > x1 and x < x2 and y + 1 > y1 and y < y2}


def visible(boxes: Tensor, labels: Tensor, region: set[tuple[int, int]], least: float) -> list[Box]:
    """By counting pixels one by one."""
    found = []
    for (x1, y1, x2, y2), label in zip(boxes.tolist(), labels.tolist(), strict=True):
        pixels = touched([x1, y1, x2, y2])
        seen = pixels & region
        if len(seen) / len(pixels) >= least:
            x, y = zip(*seen, strict=True)
            found.append(([max(x1, min(x)), max(y1, min(y)), min(x2, max(x) + 1), min(y2, max(y) + 1)], label))
    return found


def test_every_box_of_either_image_is_tight_around_what_is_seen_of_it() -> None:
    shrunk = dropped = 0
    for index in range(12):
        before, after = scenes(), paste(CopyPaste(p=1.0), scenes(), index)
        assert torch.equal(after["image"], after["mask"][:, None].expand(-1, 3, -1, -1).float())
        for i in range(4):
            pasted = {(x, y) for y, x in (after["mask"][i] == (i - 1) % 4).nonzero().tolist()}
            own = {(x, y) for y, x in (after["mask"][i] == i).nonzero().tolist()}
            assert len(pasted) + len(own) == SIZE**2
            chosen = [pixels for box in before["boxes"][i - 1].tolist() if (pixels := touched(box)) <= pasted]
            assert pasted == set().union(*chosen), "what is pasted is made of whole rectangles of the partner's objects"
            expected = visible(before["boxes"][i], before["labels"][i], own, 0.25)
            expected += visible(before["boxes"][i - 1], before["labels"][i - 1], pasted, 0.25)
            got = list(zip(after["boxes"][i].tolist(), after["labels"][i].tolist(), strict=True))
            assert got == expected
            intact = [box for box, _ in got if box in before["boxes"][i].tolist() + before["boxes"][i - 1].tolist()]
            shrunk += len(got) - len(intact)
            dropped += len(before["boxes"][i]) - sum(label // 10 == i for _, label in got)
    assert shrunk > 0
    assert dropped > 0


def test_the_share_in_sight_decides_at_its_bound() -> None:
    def batch() -> dict[str, Any]:
        image = torch.zeros(2, 3, SIZE, SIZE)
        boxes = [torch.tensor([[0.0, 0, 8, 8]]), torch.tensor([[0.0, 2, 10, 8]])]  # hides 3/4 of the first
        return {"image": image, "boxes": boxes, "labels": [torch.tensor([1]), torch.tensor([2])]}

    index = next(i for i in range(20) if 2 in paste(CopyPaste(p=1.0), batch(), i)["labels"][0])
    at_bound = paste(CopyPaste(p=1.0, min_visible=0.25), batch(), index)
    assert at_bound["boxes"][0].tolist() == [[0, 0, 8, 2], [0, 2, 10, 8]]
    assert at_bound["labels"][0].tolist() == [1, 2]
    assert paste(CopyPaste(p=1.0, min_visible=0.26), batch(), index)["labels"][0].tolist() == [2]


def test_half_the_objects_are_pasted_each_on_its_own() -> None:
    corners = torch.tensor([[x, y] for x in (0.0, 12.0) for y in (0.0, 12.0)])
    counts = []
    for index in range(150):
        batch = {
            "image": torch.zeros(2, 3, SIZE, SIZE),
            "boxes": [torch.cat([corners, corners + 8], 1), torch.zeros(0, 4)],
            "labels": [torch.arange(4), torch.zeros(0, dtype=torch.int64)],
        }
        counts.append(len(paste(CopyPaste(p=1.0), batch, index)["boxes"][1]))
    counted = torch.tensor(counts).float()
    assert counted.mean().item() == pytest.approx(2, abs=0.3)
    assert counted.var().item() == pytest.approx(1, abs=0.35)  # binomial: n p (1 − p)


@pytest.mark.parametrize("make", [lambda: (CopyPaste(p=0.0), scenes()), lambda: (CopyPaste(p=1.0), scenes((3,)))])
def test_at_p_0_and_in_a_batch_of_one_nothing_changes(make: Any) -> None:
    callback, before = make()
    after = paste(callback, dict(before))
    assert all(after[name] is value for name, value in before.items())


def test_in_scenes_of_digits_pasted_pixels_bring_image_and_mask_of_one_place() -> None:
    data = Digits(image_size=32, scale=(8, 20), train_scenes=8, batch_size=8)
    data.setup("fit")
    before = next(iter(data.train_dataloader()))
    after = paste(CopyPaste(p=1.0), dict(before))
    changed = (after["image"] != before["image"]).any(1)
    assert 0.02 < changed.float().mean() < 0.9
    from_partner = (after["image"] == before["image"].roll(1, 0)).all(1)
    assert from_partner[changed].all()
    assert torch.equal(after["mask"], before["mask"].roll(1, 0).where(changed, before["mask"]))
    for boxes in after["boxes"]:
        assert ((boxes[:, 2:] > boxes[:, :2]) & (boxes[:, 2:] <= 32)).all()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: CopyPaste(p=1.5), r"CopyPaste: p must lie in \[0, 1\], got 1.5"),
        (lambda: CopyPaste(min_visible=0), r"CopyPaste: min_visible must lie in \(0, 1\], got 0"),
        (lambda: paste(CopyPaste(), {"image": torch.zeros(1, 3, 4, 4), "mask": None}), "needs boxes, .* image, mask"),
        (lambda: paste(CopyPaste(), paste(MixUp(), scenes())), "a place before MixUp, got .* share"),
    ],
)
def test_what_cannot_be_pasted_is_refused(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()
