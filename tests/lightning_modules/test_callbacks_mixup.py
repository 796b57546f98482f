"""MixUp: one convex combination, of images and of losses."""

from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from lightning_modules import Classification, Segmentation
from lightning_modules.backbones import Tiny
from lightning_modules.callbacks import CutMix, MixUp, Mosaic
from lightning_modules.losses import CrossEntropy, Dice, Focal, PixelLoss
from lightning_modules.optim import Warmup

SIZE = 8


def make_batch(*names: str) -> dict[str, Any]:
    torch.manual_seed(0)
    whole = {
        "image": torch.rand(4, 3, SIZE, SIZE),
        "label": torch.tensor([0, 2, 1, 2]),
        "mask": torch.randint(0, 3, (4, SIZE, SIZE)).where(torch.rand(4, SIZE, SIZE) > 0.2, 255),
        "boxes": [torch.rand(n, 4) for n in (2, 0, 1, 3)],
        "labels": [torch.arange(n) + 10 * i for i, n in enumerate((2, 0, 1, 3))],
    }
    return {name: whole[name] for name in ("image", *names)}


def mix(callback: Any, batch: Any, index: int = 0, epoch: int = 0, rank: int = 0) -> Any:
    callback.on_train_batch_start(SimpleNamespace(current_epoch=epoch, global_rank=rank), None, batch, index)
    return batch


def step(task: Any, loss: PixelLoss, batch: Any) -> tuple[Tensor, Any]:
    """The training loss of a batch, and the module."""
    module = task(3, partial(Tiny, channels=2), loss, partial(torch.optim.SGD, lr=0.1), Warmup)
    module.log = lambda *_, **__: None
    return module.training_step(batch, 0), module


def test_an_image_and_its_partner_are_mixed_by_the_share_that_the_loss_is_told() -> None:
    before, after = make_batch("mask"), mix(MixUp(), make_batch("mask"))
    share = after["share"]
    assert 0 < share < 1
    for i in range(4):
        assert torch.allclose(after["image"][i], share * before["image"][i] + (1 - share) * before["image"][i - 1])
    assert torch.equal(after["mask"], before["mask"])


def test_shares_are_drawn_from_beta() -> None:
    shares = torch.tensor([mix(MixUp(alpha=1.5), make_batch("label"), i)["share"] for i in range(800)])
    assert shares.mean().item() == pytest.approx(0.5, abs=0.03)
    assert shares.var().item() == pytest.approx(1 / (4 * (2 * 1.5 + 1)), rel=0.15)


def test_the_loss_on_whole_images_is_that_on_mixed_one_hot_targets_in_value_and_gradient() -> None:
    batch = mix(MixUp(alpha=1.0), make_batch("label"))
    loss, module = step(Classification, CrossEntropy(), batch)
    one_hot = F.one_hot(batch["label"], 3).float()
    soft = batch["share"] * one_hot + (1 - batch["share"]) * one_hot.roll(1, 0)
    theirs = F.cross_entropy(module(batch["image"]), soft)
    assert loss.item() == pytest.approx(theirs.item(), rel=1e-5)
    ours, reference = (torch.autograd.grad(value, list(module.parameters())) for value in (loss, theirs))
    assert all(torch.allclose(a, b, atol=1e-5) for a, b in zip(ours, reference, strict=True))


@pytest.mark.parametrize("make", [CrossEntropy, partial(Focal, class_weights=[1.0, 2.0, 3.0]), Dice])
def test_each_term_of_the_loss_on_masks_leaves_out_its_own_ignored_pixels(make: Any) -> None:
    batch = mix(MixUp(alpha=1.0), make_batch("mask"))
    loss, module = step(Segmentation, make(), batch)
    logits, share = module(batch["image"]), batch["share"]
    partner = torch.stack([batch["mask"][i - 1] for i in range(4)])
    by_hand = share * module.loss(logits, batch["mask"]) + (1 - share) * module.loss(logits, partner)
    assert loss.item() == pytest.approx(by_hand.item(), rel=1e-6)
    logits = logits.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(module.loss.mixed(logits, batch["mask"], share), logits)
    ignored = (batch["mask"] == 255) & (partner == 255)
    assert ignored.any()
    assert not gradient.movedim(1, -1)[ignored].any()
    assert gradient.movedim(1, -1)[(batch["mask"] == 255) & (partner != 255)].any()


def test_boxes_and_labels_of_both_images_are_kept() -> None:
    before, after = make_batch("boxes", "labels"), mix(MixUp(alpha=1.5), make_batch("boxes", "labels"))
    assert [labels.tolist() for labels in after["labels"]] == [[0, 1, 30, 31, 32], [0, 1], [20], [30, 31, 32, 20]]
    for i, boxes in enumerate(after["boxes"]):
        assert torch.equal(boxes, torch.cat([before["boxes"][i], before["boxes"][i - 1]]))
    assert "share" not in after


@pytest.mark.parametrize("other", [lambda: CutMix(p=1.0), lambda: Mosaic(p=1.0)])
def test_what_moves_pixels_after_it_keeps_partners_and_labels_together(other: Any) -> None:
    """The partner is found by its place in the batch, so it has been moved alike."""
    batch = make_batch("mask")
    batch["image"] = batch["mask"][:, None].float().expand(-1, 3, -1, -1)  # images that show their mask
    after = mix(other(), mix(MixUp(alpha=1.0), batch), index=1)
    alone = make_batch("mask")
    alone["image"] = alone["mask"][:, None].float().expand(-1, 3, -1, -1)
    alone = mix(other(), alone, index=1)
    share = after["share"]
    assert torch.equal(after["mask"], alone["mask"])
    mixed = share * alone["image"] + (1 - share) * alone["image"].roll(1, 0)
    assert torch.allclose(after["image"], mixed, atol=1e-4)


def test_at_p_0_nothing_changes() -> None:
    names = ("label", "mask", "boxes", "labels")
    before, after = make_batch(*names), mix(MixUp(p=0.0), make_batch(*names))
    assert before.keys() == after.keys()
    assert torch.equal(before["image"], after["image"])
    for task, name in ((Classification, "label"), (Segmentation, "mask")):
        loss, module = step(task, CrossEntropy(), after)
        assert torch.equal(loss, module.loss(module(before["image"]), before[name]))


def test_the_batch_s_place_in_the_run_decides_and_the_global_stream_is_left_alone() -> None:
    def share(index: int, **place: int) -> float:
        batch = make_batch("label")
        torch.manual_seed(index)
        before = torch.get_rng_state()
        value = mix(MixUp(p=0.5), batch, index, **place).get("share", 1.0)
        assert torch.equal(torch.get_rng_state(), before)
        return value

    shares = [share(i) for i in range(40)]
    assert shares == [share(i) for i in range(40)]
    assert 8 <= shares.count(1.0) <= 32
    assert len(set(shares)) == 41 - shares.count(1.0)
    assert shares != [share(i, rank=1) for i in range(40)]
    assert shares != [share(i, epoch=1) for i in range(40)]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: MixUp(p=1.5), r"MixUp: p must lie in \[0, 1\], got 1.5"),
        (lambda: MixUp(alpha=0), "MixUp: alpha must be positive, got 0"),
        (lambda: mix(MixUp(), make_batch()), "MixUp: needs labels, masks or boxes, got a batch of image"),
    ],
)
def test_what_cannot_be_mixed_is_refused(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()
