"""The detection task: losses and detections are torchvision's."""

from collections import OrderedDict
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torchvision.models.detection import FCOS, RetinaNet
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.image_list import ImageList

from lightning_modules import Detection
from lightning_modules.heads import BoxHead, FCOSHead, Predictions, RetinaHead, fcos
from lightning_modules.losses import L1
from lightning_modules.networks import Features
from lightning_modules.rewrites import GroupNorm
from tests.lightning_modules.detectors import CLASSES, detection, make_batch, randomised, with_weights_of


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


@pytest.fixture(autouse=True)
def _behind_a_relu(monkeypatch: pytest.MonkeyPatch) -> None:
    """Distances as torchvision has them; the package's own map is tested in test_heads_fcos.py."""
    monkeypatch.setattr(fcos, "positive", torch.relu)


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
