"""The detection task: torchvision's losses and detections, and training through the real door."""

import csv
import json
from collections import OrderedDict
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torchvision.models.detection import FCOS, RetinaNet
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.image_list import ImageList

from datamodules import Digits
from experiments import train
from lightning_modules import Detection
from lightning_modules.backbones import ResNet, Tiny
from lightning_modules.boxes import AveragePrecision
from lightning_modules.heads import BoxHead, FCOSHead, Predictions, RetinaHead
from lightning_modules.losses import (
    L1,
    BoxLoss,
    ClassificationLoss,
    CrossEntropy,
    Dice,
    GIoU,
    SigmoidFocal,
)
from lightning_modules.networks import Features
from lightning_modules.optim import Poly, Warmup
from lightning_modules.pyramid import ASPP, FPN, PAFPN, SPP, BiFPN
from lightning_modules.rewrites import GroupNorm
from tests.lightning_modules.test_heads_detection import randomised, with_weights_of
from tests.walk import subclasses

CLASSES = 3
BASELINES = Path(train.__file__).parent / "baselines"
every_head = pytest.mark.parametrize("head", subclasses(BoxHead))


def detection(head: type[BoxHead] = FCOSHead, channels: int = 8, of_head: Any = None, **arguments: Any) -> Detection:
    """A small detector with levels at strides 4 to 64."""
    torch.manual_seed(0)
    slots: dict[str, Any] = {
        "num_classes": CLASSES,
        "backbone": partial(Tiny, width=2),
        "loss": SigmoidFocal(),
        "box_loss": GIoU(),
        "optimizer": partial(torch.optim.SGD, lr=0.01),
        "schedule": partial(Warmup, length=0, decay=Poly()),
        "fusion": partial(FPN, channels=channels, extra_levels=2, extra="conv"),
        "head": partial(head, **{"channels": channels, "depth": 2, **(of_head or {})}),
    }
    return Detection(**{**slots, **arguments})


def make_batch(counts: tuple[int, ...] = (3, 0, 5), size: tuple[int, int] = (64, 96)) -> dict[str, Any]:
    torch.manual_seed(1)
    extent = torch.tensor([size[1], size[0]])
    low = [torch.rand(count, 2) * extent * 0.6 for count in counts]
    return {
        "image": torch.randn(len(counts), 3, *size),
        "boxes": [torch.cat([x, x + 6 + torch.rand_like(x) * extent * 0.3], dim=1) for x in low],
        "labels": [torch.randint(0, CLASSES, (count,)) for count in counts],
    }


def total(model: Detection, batch: dict[str, Any]) -> Tensor:
    return torch.stack(list(model.losses(model(batch["image"]), batch).values())).sum()


# Ours equals theirs


class Pyramid(nn.Module):
    """Our features as torchvision wants a backbone."""

    def __init__(self, features: Features) -> None:
        super().__init__()
        self.features = features
        self.out_channels = features.levels[0].channels

    def forward(self, x: Tensor) -> OrderedDict[str, Tensor]:
        return OrderedDict((str(i), level) for i, level in enumerate(self.features(x)))


class OurAnchors(AnchorGenerator):
    """Our anchors; torchvision's own are rounded to pixels and lie half a stride further up and to the left."""

    def __init__(self, head: BoxHead) -> None:
        super().__init__(((1,),), ((1.0,) * len(head.cells[0]),))  # for their number alone
        self.head = head

    def forward(self, image_list: ImageList, feature_maps: list[Tensor]) -> list[Tensor]:
        return [self.head.anchors(image_list.tensors)] * len(image_list.tensors)


class Untouched(nn.Module):
    """No resizing, no normalisation."""

    def forward(self, images: list[Tensor], targets: Any) -> tuple[ImageList, Any]:
        return ImageList(torch.stack(images), [tuple(x.shape[-2:]) for x in images]), targets

    def postprocess(self, result: Any, *_: Any) -> Any:
        return result


def torchvision_twin(ours: Detection, architecture: type[nn.Module], **arguments: Any) -> nn.Module:
    backbone, anchors = Pyramid(ours.network.features), OurAnchors(ours.head)
    theirs = architecture(backbone, CLASSES, anchor_generator=anchors, topk_candidates=10**6, **arguments)
    theirs.transform = Untouched()
    with_weights_of(randomised(theirs.head), ours.head)
    return theirs


def retina_twins() -> tuple[Detection, nn.Module]:
    ours = detection(RetinaHead, of_head={"depth": 4}, box_loss=L1(), candidates=10**6, max_detections=300)
    return ours, torchvision_twin(ours, RetinaNet)


def fcos_twins() -> tuple[Detection, nn.Module]:
    arguments = {"channels": 32, "of_head": {"depth": 4, "norm": True}, "rewrites": [GroupNorm(2)]}
    thresholds = {"score_threshold": 0.2, "nms_iou": 0.6, "candidates": 10**6}
    ours = detection(FCOSHead, **arguments, **thresholds)
    for norm in (m for m in ours.head.modules() if isinstance(m, nn.GroupNorm)):
        norm.num_groups = 32  # torchvision's; the thin backbone cannot have so many
    return ours, torchvision_twin(ours, FCOS)


def their_losses(theirs: nn.Module, batch: dict[str, Any]) -> dict[str, Tensor]:
    targets = [{"boxes": b, "labels": c} for b, c in zip(batch["boxes"], batch["labels"], strict=True)]
    names = {"classification": "class", "bbox_regression": "box", "bbox_ctrness": "centerness"}
    return {names[name]: value for name, value in theirs.train()(list(batch["image"]), targets).items()}


def frozen(model: Detection) -> Detection:
    """In training mode, but for the statistics of BatchNorm: torchvision runs the same features again."""
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.track_running_stats, module.running_mean, module.running_var = False, None, None
    return model


def test_fcos_losses_equal_torchvision() -> None:
    ours, theirs = fcos_twins()
    batch = make_batch((3, 0, 5, 1))
    found, expected = ours.losses(frozen(ours)(batch["image"]), batch), their_losses(theirs, batch)
    assert found.keys() == expected.keys() == {"class", "box", "centerness"}
    for name, value in expected.items():
        torch.testing.assert_close(found[name], value, rtol=1e-5, atol=1e-5)
        assert value > 0


def test_retina_losses_equal_torchvision() -> None:
    """Torchvision divides image by image and takes the mean; ours divides the whole batch, like FCOS."""
    ours, theirs = retina_twins()
    batch = make_batch((3, 0, 5, 1))
    predictions, expected = frozen(ours)(batch["image"]), their_losses(theirs, batch)
    parts = []
    for i in range(4):
        one = slice(i, i + 1)
        rows = {name: value[one] for name, value in batch.items()}
        parts.append(ours.losses(Predictions(predictions.logits[one], predictions.deltas[one]), rows))
    for name, value in expected.items():
        mean = torch.stack([part[name] for part in parts]).mean()
        torch.testing.assert_close(mean, value, rtol=1e-5, atol=1e-5)
        assert value > 0


@pytest.mark.parametrize("twins", [fcos_twins, retina_twins])
def test_detections_equal_torchvision(twins: Any) -> None:
    ours, theirs = twins()
    image = make_batch((0, 0, 0))["image"]
    found, expected = ours.eval().predict_step({"image": image}, 0), theirs.eval()(list(image))
    for a, b in zip(found, expected, strict=True):
        assert len(b["boxes"]) > 20
        assert torch.equal(a["labels"], b["labels"])
        torch.testing.assert_close(a["scores"], b["scores"], rtol=1e-5, atol=1e-5)
        torch.testing.assert_close(a["boxes"], b["boxes"], rtol=1e-5, atol=1e-4)


# Every part with every other


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
        (partial(Tiny, width=2), None, None),
        (partial(Tiny, width=2), SPP, partial(BiFPN, channels=4, repeats=1, extra_levels=1)),
        (partial(Tiny, width=2, stages=2), partial(ASPP, out_channels=4), partial(PAFPN, channels=8)),
        (partial(Tiny, width=2, stages=1), None, None),
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
    model = detection(backbone=partial(Tiny, width=2, stages=2), fusion=None, nms_iou=1.0)
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


# What a detector has to bear


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
        backbone=partial(Tiny, width=8),
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


# Through the door


def fit(folder: Path, baseline: str, *layers: dict[str, Any]) -> list[str]:
    """Two steps of a baseline that ships with the package."""
    short = {
        "trainer": {"max_epochs": 1, "enable_progress_bar": False, "enable_model_summary": False},
        "data": {"init_args": {"train_scenes": 8, "val_scenes": 5, "batch_size": 4}},
    }
    configs = [str(BASELINES / f"{baseline}.yaml"), *(json.dumps(layer) for layer in (short, *layers))]
    words = [word for config in configs for word in ("--config", config)]
    return ["fit", *words, f"--trainer.default_root_dir={folder}", "--threads=1"]


def model(**init_args: Any) -> dict[str, Any]:
    return {"model": {"init_args": init_args}}


@pytest.mark.parametrize("baseline", ["digits_fcos", "digits_retina"])
def test_baselines_fit(tmp_path: Path, baseline: str) -> None:
    sanity = {"trainer": {"num_sanity_val_steps": 1}}  # anchors made in inference mode must do for training
    assert train.main(fit(tmp_path, baseline, sanity)) == 0
    with (tmp_path / "metrics.csv").open() as file:
        (row,) = csv.DictReader(file)
    assert row["step"] == "2"
    wanted = {f"val/{name}" for name in ("loss", "map", "map50", "map75", "map_small", "map_medium", "map_large")}
    assert wanted | {f"val/ap/{digit}" for digit in range(10)} <= row.keys()
    assert 0 <= float(row["val/map"]) <= float(row["val/map50"]) <= 1
    parts = sum(float(value) for name, value in row.items() if name.startswith("train/loss/"))
    assert float(row["train/loss"]) == pytest.approx(parts, rel=1e-5)


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (model(num_classes=0), "Detection: num_classes must be at least 1, got 0"),
        (model(num_classes=7), "Detection: num_classes is 7, but the data has 10 classes of boxes: 0, 1, 2, 3"),
        (model(score_threshold=1.0), "Detection: score_threshold must lie in [0, 1), got 1.0"),
        (model(nms_iou=1.5), "Detection: box_weight must not be negative and nms_iou lie in [0, 1], got 1.0 and 1.5"),
        (model(max_detections=0), "Detection: max_detections must be at least 1, got 0"),
        (model(loss={"class_path": "Dice"}), "model.loss"),
        (model(box_loss={"class_path": "GIuO"}), "model.box_loss: unknown class 'GIuO'; nearest: GIoU"),
        (model(head={"init_args": {"radius": 0}}), "FCOSHead: radius and reach must be positive, got 0"),
        (model(head={"class_path": "FCNHead"}), "model.head"),
    ],
)
def test_bad_input_is_one_line_and_exit_2(tmp_path: Path, capsys: Any, layer: dict[str, Any], message: str) -> None:
    assert train.main(fit(tmp_path, "digits_fcos", layer)) == 2
    error = capsys.readouterr().err.splitlines()[-1]
    assert error.startswith("trickbench: error: ")
    assert message in error


class Nowhere(BoxLoss):
    """A box loss on neither."""

    on = "corners"  # type: ignore[assignment]


@pytest.mark.parametrize("losses", [{"loss": Dice()}, {"box_loss": Nowhere()}, {"box_loss": nn.L1Loss()}])
def test_losses_that_do_not_fit_are_named(losses: dict[str, Any]) -> None:
    (wrong,) = losses.values()
    with pytest.raises(ValueError, match=rf"^Detection: loss must be [^\n]*, got [^\n]*{type(wrong).__name__}[^\n]*$"):
        detection(**losses)


def test_class_weights_must_count_background() -> None:
    with pytest.raises(ValueError, match="CrossEntropy: class_weights must be 4, one a class, got 3"):
        detection(loss=CrossEntropy([1.0, 1.0, 1.0]))
