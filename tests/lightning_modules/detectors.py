"""Small detectors, batches for them, and torchvision's heads with the weights of ours."""

from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from lightning_modules import Detection
from lightning_modules.backbones import Tiny
from lightning_modules.heads import BoxHead, FCOSHead
from lightning_modules.losses import GIoU, SigmoidFocal
from lightning_modules.optim import Poly, Warmup
from lightning_modules.pyramid import FPN

CLASSES = 3


def detection(head: type[BoxHead] = FCOSHead, channels: int = 8, of_head: Any = None, **arguments: Any) -> Detection:
    """A small detector with levels at strides 4 to 64."""
    torch.manual_seed(0)
    slots: dict[str, Any] = {
        "num_classes": CLASSES,
        "backbone": partial(Tiny, channels=2),
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


def randomised(head: nn.Module) -> nn.Module:
    torch.manual_seed(2)
    for parameter in head.parameters():
        nn.init.normal_(parameter, std=0.1)
    return head


def with_weights_of(theirs: nn.Module, ours: BoxHead) -> BoxHead:
    """Copy a torchvision head's weights; a norm that it shares between levels goes to each of ours."""
    state = {}
    towers = [("class_tower", theirs.classification_head), ("box_tower", theirs.regression_head)]
    for name, head in towers:
        convs = [m for m in head.conv.modules() if isinstance(m, nn.Conv2d)]
        norms = [m for m in head.conv.modules() if isinstance(m, nn.GroupNorm)]
        for i, conv in enumerate(convs, start=1):
            state |= {f"{name}.{i}.conv.{key}": value for key, value in conv.state_dict().items()}
        for i, norm in enumerate(norms, start=1):
            for level in range(len(ours.strides)):
                state |= {f"{name}.{i}.norms.{level}.{key}": value for key, value in norm.state_dict().items()}
    predictors = {"classify": theirs.classification_head.cls_logits, "regress": theirs.regression_head.bbox_reg}
    if isinstance(ours, FCOSHead):
        predictors["centerness"] = theirs.regression_head.bbox_ctrness
    for name, conv in predictors.items():
        state |= {f"{name}.conv.{key}": value for key, value in conv.state_dict().items()}
    ours.load_state_dict(state)
    return ours
