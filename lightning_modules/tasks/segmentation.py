"""Semantic segmentation: pixels and mIoU."""

import math
from typing import Any, cast

from torch import Tensor

from lightning_modules.confusion import ConfusionMatrix
from lightning_modules.heads import FCNHead
from lightning_modules.layers.one_value import refuse_one_value
from lightning_modules.losses import PixelLoss
from lightning_modules.networks import BackboneSlot, BlockSlot, Features, PixelHeadSlot, SegmentationNetwork
from lightning_modules.optim import ParameterRule
from lightning_modules.rewrites import Rewrite
from lightning_modules.tasks.base import OptimizerSlot, ScheduleSlot
from lightning_modules.tasks.labelling import Labelling


class Segmentation(Labelling):
    """Backbone → context → fusion → head under a pixel loss, measured by mIoU over the whole data set.

    mIoU is the papers': intersections and unions are summed over all images. A class that the labels lack is left out
    of the mean, predicted or not: counted as 0 once it is predicted, as some do, one pixel would move mIoU by a class's
    share (docs/metrics.md says who does which). Logged beside it are the IoU of each class and the pixel accuracy.

    Args:
        num_classes: Classes of the labels, background included.
        backbone: Image → pyramid.
        loss: Its `ignore_index` also marks the pixels that the metrics leave out.
        optimizer: Any of torch.optim.
        schedule: Of the learning rate, stepped at every optimizer step.
        context: Block that enriches the deepest level, or None.
        fusion: Block that merges levels, or None: the deepest level alone goes on.
        head: Pyramid → logits.
        rewrites: Changes to the built network, in this order.
        parameter_rules: What some parameters get of the optimizer that others do not.
        auxiliary: A second head, on the level before the deepest, whose loss is added in training (Zhao et al. 2017,
            "PSPNet", sec. 3.3 and fig. 4), or None.
        auxiliary_weight: Of that loss.

    Raises:
        ValueError: If num_classes is below 2, the data has another number of classes, the weight is not positive, or
            there is no level for the auxiliary head.
    """

    def __init__(
        self,
        num_classes: int,
        backbone: BackboneSlot,
        loss: PixelLoss,
        optimizer: OptimizerSlot,
        schedule: ScheduleSlot,
        context: BlockSlot | None = None,
        fusion: BlockSlot | None = None,
        head: PixelHeadSlot = FCNHead,
        rewrites: list[Rewrite] | None = None,
        parameter_rules: list[ParameterRule] | None = None,
        auxiliary: PixelHeadSlot | None = None,
        auxiliary_weight: float = 0.4,
    ) -> None:
        if num_classes < 2:
            raise ValueError(f"Segmentation: num_classes must be at least 2, got {num_classes}")
        if not 0 < auxiliary_weight < math.inf:
            raise ValueError(f"Segmentation: auxiliary_weight must be positive and finite, got {auxiliary_weight}")

        def build() -> SegmentationNetwork:
            return SegmentationNetwork(Features(backbone, context, fusion), head, num_classes, auxiliary)

        super().__init__(build, num_classes, loss, optimizer, schedule, rewrites or [], parameter_rules or [])
        self.confusion = ConfusionMatrix(num_classes, loss.ignore_index)
        self.auxiliary_weight = auxiliary_weight

    def training_loss(self, batch: dict[str, Any]) -> Tensor:
        network = cast(SegmentationNetwork, self.network)
        if network.auxiliary is None:
            return super().training_loss(batch)
        with refuse_one_value(self):
            logits, auxiliary = network.with_auxiliary(batch["image"])
        return self.loss_of(logits, batch) + self.auxiliary_weight * self.loss_of(auxiliary, batch)

    def elements(self, batch: dict[str, Any]) -> Tensor:
        return batch["mask"]

    def scores(self) -> dict[str, Tensor]:
        confusion = self.counted()
        hit, true = confusion.diagonal(), confusion.sum(1)
        iou = (hit / (confusion.sum(0) + true - hit)).where(true > 0, math.nan)
        scores = {"miou": iou.nanmean(), "accuracy": hit.sum() / confusion.sum()}
        scores |= {f"iou/{name}": value for name, value in zip(self.class_names, iou, strict=True)}
        return {name: value.float() for name, value in scores.items()}
