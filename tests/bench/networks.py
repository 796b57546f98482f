"""Forward and backward of whole networks on ResNet-18, beside segmentation-models-pytorch and torchvision.

Widths are equal, and so is the maths: where a peer departs from the paper, it is changed to do the same work.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, TypeAlias

import segmentation_models_pytorch as smp
import torch
from segmentation_models_pytorch.base.modules import Conv2dReLU
from segmentation_models_pytorch.decoders.deeplabv3.decoder import SeparableConv2d
from torch import nn
from torchvision.models import resnet18
from torchvision.models._utils import IntermediateLayerGetter
from torchvision.models.detection import FCOS, RetinaNet
from torchvision.models.detection.backbone_utils import resnet_fpn_backbone
from torchvision.models.segmentation.deeplabv3 import DeepLabHead, DeepLabV3
from torchvision.ops.feature_pyramid_network import LastLevelP6P7

from lightning_modules import Detection
from lightning_modules.backbones import ResNet
from lightning_modules.heads import FCNHead, FCOSHead, LinearHead, RetinaHead, SemanticFPNHead
from lightning_modules.losses import L1, GIoU, SigmoidFocal
from lightning_modules.networks import Features, SegmentationNetwork
from lightning_modules.optim import Warmup
from lightning_modules.pyramid import ASPP, FPA, FPN, GAU, PPM, DeepLabDecoder
from lightning_modules.rewrites import GroupNorm, Separable
from tests.bench.row import Row, beside

SIZES = (128, 256)
CLASSES = 21
SMP: dict[str, Any] = {"encoder_name": "resnet18", "encoder_weights": None, "classes": CLASSES}
Pair: TypeAlias = tuple[nn.Module, nn.Module]
Step: TypeAlias = Callable[[], None]


def rows() -> Iterator[Row]:
    """Time and peak memory of a step without the optimizer, batch 2, in training mode."""
    for size in SIZES:
        for what, ours, theirs in steps(size):
            yield from beside(f"{what}, {size}²", ours, theirs)


def steps(size: int, images: int = 2, device: str = "cpu") -> Iterator[tuple[str, Step, Step]]:
    """What is compared, and a step of ours and of theirs."""
    for what, pair in SEGMENTATION.items():
        ours, theirs = (_segment(each.to(device), size, images, device) for each in pair())
        yield what, ours, theirs
    for what, detectors in DETECTION.items():
        detector, reference = (each.to(device) for each in detectors(size))
        batch = _scenes(size, images, device)
        yield what, partial(_ours, detector, batch), partial(_theirs, reference, batch)


def _network(output_stride: Any, context: Any, fusion: Any, head: Any) -> nn.Module:
    return SegmentationNetwork(Features(partial(ResNet, output_stride=output_stride), context, fusion), head, CLASSES)


def _pspnet() -> Pair:
    theirs = smp.PSPNet(**SMP, encoder_depth=5, upsampling=32)
    theirs.decoder.conv = Conv2dReLU(1024, 512, 3, padding=1, use_norm="batchnorm")  # as its authors fuse
    theirs.segmentation_head[0] = nn.Conv2d(512, CLASSES, 1)
    return _network(32, partial(PPM, out_channels=512), None, LinearHead), theirs


def _deeplabv3_torchvision() -> Pair:
    rates = (3, 6, 9)
    theirs = DeepLabV3(
        IntermediateLayerGetter(resnet18(), {"layer4": "out"}), DeepLabHead(512, CLASSES, atrous_rates=rates)
    )
    return _network(32, partial(ASPP, rates=rates), None, FCNHead), theirs


def _deeplabv3_smp() -> Pair:
    theirs = smp.DeepLabV3(**SMP, encoder_output_stride=16, decoder_atrous_rates=(6, 12, 18))
    return _network(16, ASPP, None, FCNHead), theirs


def _deeplabv3plus() -> Pair:
    ours = _network(16, ASPP, DeepLabDecoder, LinearHead)
    Separable(norm_between=False)(ours)  # as smp has them
    theirs = smp.DeepLabV3Plus(**SMP)
    theirs.decoder.aspp = theirs.decoder.aspp[0]  # smp refines before upsampling, the paper twice after it
    theirs.decoder.block2.extend([SeparableConv2d(256, 256, 3, padding=1, bias=False), nn.BatchNorm2d(256), nn.ReLU()])
    return ours, theirs


def _semantic_fpn() -> Pair:
    ours = _network(32, None, FPN, SemanticFPNHead)
    ours.features.fusion.smooth = nn.ModuleList(nn.Identity() for _ in range(4))  # smp has none
    return ours, smp.FPN(**SMP)


def _pan() -> Pair:
    theirs = smp.PAN(**SMP)
    theirs.segmentation_head[0] = nn.Conv2d(32, CLASSES, 1)
    return _network(16, partial(FPA, out_channels=32), partial(GAU, channels=32), LinearHead), theirs


SEGMENTATION: dict[str, Callable[[], Pair]] = {
    "PSPNet, smp": _pspnet,
    "DeepLabV3, torchvision": _deeplabv3_torchvision,
    "DeepLabV3, smp": _deeplabv3_smp,
    "DeepLabV3+, smp": _deeplabv3plus,
    "Semantic FPN, smp": _semantic_fpn,
    "PAN, smp": _pan,
}


def _segment(network: nn.Module, size: int, images: int, device: str) -> Step:
    image = torch.randn(images, 3, size, size, generator=torch.Generator().manual_seed(0)).to(device)

    def step() -> None:
        out = network(image)
        (out["out"] if isinstance(out, dict) else out).square().mean().backward()
        network.zero_grad()

    return step


def _detector(head: Any, box_loss: Any, extra: Any) -> Detection:
    fusion = partial(FPN, extra_levels=2, extra=extra, finest_stride=8)
    sgd = partial(torch.optim.SGD, lr=0.01)
    return Detection(CLASSES, ResNet, SigmoidFocal(), box_loss, sgd, Warmup, None, fusion, head)


def _reference(architecture: Any, size: int, extra: nn.Module) -> nn.Module:
    backbone = resnet_fpn_backbone(
        backbone_name="resnet18",
        weights=None,
        norm_layer=nn.BatchNorm2d,
        trainable_layers=5,
        returned_layers=[2, 3, 4],
        extra_blocks=extra,
    )
    return architecture(backbone, CLASSES, min_size=size, max_size=size)


def _retinanet(size: int) -> tuple[Detection, nn.Module]:
    # On C5, as in the paper.
    return _detector(RetinaHead, L1(), "conv"), _reference(RetinaNet, size, LastLevelP6P7(512, 256))


def _fcos(size: int) -> tuple[Detection, nn.Module]:
    ours = _detector(partial(FCOSHead, norm=True), GIoU(), "conv_on_output")
    GroupNorm(32)(ours.head)
    return ours, _reference(FCOS, size, LastLevelP6P7(256, 256))


DETECTION: dict[str, Callable[[int], tuple[Detection, nn.Module]]] = {
    "RetinaNet and losses, torchvision": _retinanet,
    "FCOS and losses, torchvision": _fcos,
}


def _scenes(size: int, images: int, device: str) -> dict[str, Any]:
    generator = torch.Generator().manual_seed(0)
    corners = torch.rand(images, 6, 2, generator=generator) * size / 2
    boxes = torch.cat([corners, corners + size / 4], dim=2).to(device)
    labels = torch.randint(1, CLASSES, (images, 6), generator=generator).to(device)
    image = torch.rand(images, 3, size, size, generator=generator).to(device)
    return {"image": image, "boxes": list(boxes), "labels": list(labels)}


def _ours(detector: Detection, batch: dict[str, Any]) -> None:
    torch.stack(list(detector.losses(detector(batch["image"]), batch).values())).sum().backward()
    detector.zero_grad()


def _theirs(reference: nn.Module, batch: dict[str, Any]) -> None:
    targets = [{"boxes": b, "labels": c} for b, c in zip(batch["boxes"], batch["labels"], strict=True)]
    torch.stack(list(reference(list(batch["image"]), targets).values())).sum().backward()
    reference.zero_grad()
