"""The detection task: every part with every other, and what a detector has to bear."""

from functools import partial
from typing import Any

import pytest
import torch

from datamodules import Digits
from lightning_modules.backbones import ResNet, Tiny
from lightning_modules.boxes import AveragePrecision
from lightning_modules.heads import BoxHead, Predictions
from lightning_modules.losses import BoxLoss, ClassificationLoss
from lightning_modules.pyramid import ASPP, FPN, PAFPN, SPP, BiFPN
from lightning_modules.rewrites import GroupNorm
from tests.lightning_modules.detectors import CLASSES, detection, make_batch, total
from tests.walk import subclasses

every_head = pytest.mark.parametrize("head", subclasses(BoxHead))


@pytest.mark.parametrize("box_loss", subclasses(BoxLoss))
@every_head
def test_every_box_loss_teaches_boxes(head: type[BoxHead], box_loss: type[BoxLoss]) -> None:
    model = detection(head, box_loss=box_loss())
    part = model.losses(model(make_batch()["image"]), make_batch())["box"]
    part.backward()
    gradient = model.head.regress.conv.weight.grad
    assert part > 0
    assert gradient.isfinite().all()
    assert gradient.any()


@pytest.mark.parametrize("loss", subclasses(ClassificationLoss))
@every_head
def test_every_classification_loss_teaches_classes(head: type[BoxHead], loss: type[ClassificationLoss]) -> None:
    model = detection(head, loss=loss())
    assert model(make_batch()["image"]).logits.shape[2] == CLASSES + loss.background_logit
    part = model.losses(model(make_batch()["image"]), make_batch())["class"]
    part.backward()
    assert part > 0
    assert model.head.classify.conv.weight.grad.any()


@pytest.mark.parametrize(
    ("backbone", "context", "fusion"),
    [
        (partial(Tiny, channels=2), None, None),
        (partial(Tiny, channels=2), SPP, partial(BiFPN, channels=4, repeats=1, extra_levels=1)),
        (partial(Tiny, channels=2, stages=2), partial(ASPP, out_channels=4), partial(PAFPN, channels=8)),
        (partial(Tiny, channels=2, stages=1), None, None),
        (partial(ResNet, width=0.125, output_stride=16), None, None),  # two levels of stride 16
    ],
)
@every_head
def test_any_backbone_context_and_fusion(head: type[BoxHead], backbone: Any, context: Any, fusion: Any) -> None:
    model = detection(head, backbone=backbone, context=context, fusion=fusion)
    total(model, make_batch((2, 1))).backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in model.parameters())


@pytest.mark.parametrize("centerness", [True, False])
def test_centerness_is_a_choice(centerness: bool) -> None:
    model, batch = detection(of_head={"centerness": centerness}), make_batch()
    assert ("centerness" in model.losses(model(batch["image"]), batch)) == centerness


def test_centerness_lowers_scores() -> None:
    predictions = Predictions(torch.zeros(1, 2 * 3 + 2, CLASSES), torch.ones(1, 8, 4), torch.linspace(-4, 4, 8)[None])
    model = detection(backbone=partial(Tiny, channels=2, stages=2), fusion=None, nms_iou=1.0)
    (found,) = model.detections(predictions, torch.zeros(1, 3, 8, 12))
    centerness = torch.linspace(-4, 4, 8).sigmoid()
    assert found["scores"].max() == pytest.approx((0.5 * centerness.max()).sqrt().item())
    assert len(found["scores"].unique()) == 8


def test_box_weight_weighs_boxes_alone() -> None:
    batch = make_batch()
    plain, heavy = (detection(box_weight=weight) for weight in (1.0, 2.5))
    ours, theirs = (model.losses(model(batch["image"]), batch) for model in (heavy, plain))
    torch.testing.assert_close(ours["box"], 2.5 * theirs["box"])
    torch.testing.assert_close(ours["class"], theirs["class"])


@every_head
def test_every_parameter_gets_a_gradient(head: type[BoxHead]) -> None:
    model = detection(head)
    total(model, make_batch()).backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name


@pytest.mark.parametrize("counts", [(0,), (0, 0), (2, 0)], ids=str)
@every_head
def test_images_without_objects_train(head: type[BoxHead], counts: tuple[int, ...]) -> None:
    model, batch = detection(head), make_batch(counts, size=(96, 64))
    parts = model.losses(model(batch["image"]), batch)
    torch.stack(list(parts.values())).sum().backward()
    assert parts["class"] > 0
    assert (parts["box"] > 0) == any(counts)
    assert all(p.grad is not None and p.grad.isfinite().all() for p in model.parameters())


@every_head
def test_tiny_images_train(head: type[BoxHead]) -> None:
    model = detection(head, rewrites=[GroupNorm(2, per_group=True)])
    batch = {
        "image": torch.randn(1, 3, 9, 5),
        "boxes": [torch.tensor([[0.0, 0.0, 5.0, 9.0]])],
        "labels": [torch.ones(1).long()],
    }
    assert total(model, batch).isfinite()
    assert model.eval().predict_step(batch, 0)[0]["boxes"].shape[1] == 4


@every_head
def test_trains_under_bfloat16_autocast(head: type[BoxHead]) -> None:
    model, batch = detection(head), make_batch()
    with torch.autocast("cpu", torch.bfloat16):
        predictions = model(batch["image"])
        loss = torch.stack(list(model.losses(predictions, batch).values())).sum()
        found = model.detections(predictions, batch["image"])
    loss.backward()
    assert loss.dtype == torch.float32
    assert all(p.grad.isfinite().all() for p in model.parameters())
    assert all(value.dtype in (torch.float32, torch.int64) for image in found for value in image.values())


@pytest.mark.parametrize("precision", [torch.float64, torch.bfloat16, torch.float16], ids=str)
@every_head
def test_works_in_every_true_precision(head: type[BoxHead], precision: torch.dtype) -> None:
    """As Lightning's `64-true`, `bf16-true` and `16-true` hand it a batch."""
    model, batch = detection(head, score_threshold=0.0).to(precision), make_batch()
    batch |= {"image": batch["image"].to(precision), "boxes": [boxes.to(precision) for boxes in batch["boxes"]]}
    assert total(model, batch).isfinite()
    for found in model.eval().predict_step(batch, 0):
        assert found["boxes"].dtype == found["scores"].dtype == torch.promote_types(precision, torch.float32)
        assert len(found["boxes"]) > 0


@every_head
def test_a_batch_is_as_good_as_its_objects_in_another_order(head: type[BoxHead]) -> None:
    model, batch = detection(head), make_batch((6, 2))
    order = torch.tensor([4, 2, 0, 5, 1, 3])
    shuffled = {**batch, "boxes": [batch["boxes"][0][order], batch["boxes"][1]]}
    shuffled["labels"] = [batch["labels"][0][order], batch["labels"][1]]
    predictions = model(batch["image"])
    ours, theirs = (model.losses(predictions, rows) for rows in (shuffled, batch))
    for name, value in theirs.items():
        torch.testing.assert_close(ours[name], value)


@every_head
def test_the_network_exports(head: type[BoxHead]) -> None:
    network = detection(head).network.eval()
    program = torch.export.export(network, (torch.randn(2, 3, 64, 64),))
    image = torch.randn(2, 3, 64, 64)
    for ours, theirs in zip(program.module()(image), network(image), strict=True):
        assert ours is theirs is None or torch.allclose(ours, theirs, atol=1e-5)


@every_head
def test_two_images_are_learnt_by_heart(head: type[BoxHead]) -> None:
    data = Digits(train_scenes=2, batch_size=2)
    batch = next(iter(data.train_dataloader()))
    model = detection(
        head,
        16,
        {"depth": 1, "norm": True},
        num_classes=10,
        backbone=partial(Tiny, channels=8),
        fusion=partial(FPN, channels=16),
    )
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    for _ in range(120):
        optimizer.zero_grad()
        total(model, batch).backward()
        optimizer.step()
    precision = AveragePrecision(data.box_classes)
    truth = [{"boxes": b, "labels": c} for b, c in zip(batch["boxes"], batch["labels"], strict=True)]
    precision.update(model.eval().predict_step(batch, 0), truth)
    assert precision.compute()["map50"] > 0.9
