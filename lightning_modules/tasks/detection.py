"""Object detection: boxes and mAP."""

from typing import Any, ClassVar, cast

import torch
import torch.nn.functional as F
from torch import Tensor
from torchvision.ops import clip_boxes_to_image

from lightning_modules.boxes import BACKGROUND, IGNORED, AveragePrecision, Targets, centerness, in_own_pixels, select
from lightning_modules.heads import BoxHead, Predictions, RetinaHead
from lightning_modules.layers import check_positive, check_rate, check_weight, mean_over_ranks
from lightning_modules.losses import BoxLoss, ClassificationLoss
from lightning_modules.losses.precision import at_least_float32
from lightning_modules.networks import BackboneSlot, BlockSlot, BoxHeadSlot, DetectionNetwork, Features
from lightning_modules.optim import ParameterRule
from lightning_modules.rewrites import Rewrite
from lightning_modules.tasks.base import DenseModule, OptimizerSlot, ScheduleSlot
from lightning_modules.tasks.epoch_means import log_means


class Detection(DenseModule):
    """Backbone → context → fusion → head under a loss on classes and one on boxes, measured by COCO's mAP.

    Each loss is summed over the batch, of all processes that train together, and divided by the number of anchors that
    have an object, and so is the binary cross-entropy of a head's centerness. Logged beside mAP are AP at IoU 0.5 and
    0.75, by size of the object, and by class.

    Args:
        num_classes: Classes of the boxes; background is none of them.
        backbone: Image → pyramid.
        loss: On the class of every anchor.
        box_loss: On the box of every anchor that has an object.
        optimizer: Any of torch.optim.
        schedule: Of the learning rate, stepped at every optimizer step.
        context: Block that enriches the deepest level, or None.
        fusion: Block that merges levels, or None: the head reads the levels as they are.
        head: Pyramid → classes and boxes.
        rewrites: Changes to the built network, in this order.
        box_weight: Weight of the loss on boxes.
        score_threshold: Detections with a score up to this are dropped.
        candidates: At most so many an image, the best, go into non-maximum suppression.
        nms_iou: A detection that overlaps a better one of its class by more is dropped.
        max_detections: At most so many an image are kept; COCO counts 100.
        parameter_rules: What some parameters get of the optimizer that others do not.

    Raises:
        ValueError: If there are no classes, the loss is not a mean over elements or the box loss is on something else
            than deltas or boxes, a number is out of range, or the data has another number of classes.
    """

    loss: ClassificationLoss
    data_classes: ClassVar[str] = "box_classes"
    data_classes_are: ClassVar[str] = " classes of boxes"

    def __init__(
        self,
        num_classes: int,
        backbone: BackboneSlot,
        loss: ClassificationLoss,
        box_loss: BoxLoss,
        optimizer: OptimizerSlot,
        schedule: ScheduleSlot,
        context: BlockSlot | None = None,
        fusion: BlockSlot | None = None,
        head: BoxHeadSlot = RetinaHead,
        rewrites: list[Rewrite] | None = None,
        box_weight: float = 1.0,
        score_threshold: float = 0.05,
        candidates: int = 1000,
        nms_iou: float = 0.5,
        max_detections: int = 100,
        parameter_rules: list[ParameterRule] | None = None,
    ) -> None:
        check_positive(self, num_classes=num_classes, candidates=candidates, max_detections=max_detections)
        check_rate(self, score_threshold=score_threshold)
        check_weight(self, box_weight=box_weight)
        if not 0 <= nms_iou <= 1:
            raise ValueError(f"Detection: nms_iou must lie in [0, 1], got {nms_iou}")
        if not isinstance(loss, ClassificationLoss) or getattr(box_loss, "on", None) not in ("deltas", "boxes"):
            raise ValueError(
                "Detection: loss must be a ClassificationLoss and box_loss a BoxLoss on deltas or boxes, "
                f"got {type(loss).__name__} and {type(box_loss).__name__}"
            )

        def build() -> DetectionNetwork:
            return DetectionNetwork(Features(backbone, context, fusion), head, num_classes, loss.background_logit)

        super().__init__(build, num_classes, loss, optimizer, schedule, rewrites or [], parameter_rules or [])
        self.box_loss, self.box_weight = box_loss, box_weight
        self.selection = (score_threshold, candidates, nms_iou, max_detections)

    @property
    def head(self) -> BoxHead:
        """The head, which knows where anchors lie and what their targets are."""
        return cast(BoxHead, self.network.head)

    @property
    def num_labels(self) -> int:
        """Labels that the loss knows: one a class, and background."""
        return self.num_classes + 1

    def setup(self, stage: str) -> None:
        super().setup(stage)
        self.average_precision = AveragePrecision(self.class_names)

    def elements(self, batch: dict[str, Any]) -> Tensor:
        return self._labels(self.targets(batch)[1])

    def training_step(self, batch: dict[str, Any], batch_idx: int) -> Tensor:
        parts = self.losses(self(batch["image"]), batch)
        loss = torch.stack(list(parts.values())).sum()
        means = {"train/loss": loss, **{f"train/loss/{name}": part for name, part in parts.items()}}
        log_means(self, means, batch_idx, len(batch["image"]))
        return loss

    def validation_step(self, batch: dict[str, Any], batch_idx: int) -> dict[str, Any]:
        """`detections`, for callbacks: those of each image as `predict_step` has them."""
        image = batch["image"]
        predictions = self(image)
        loss = torch.stack(list(self.losses(predictions, batch).values())).sum()
        self.mean_loss.update(loss, weight=len(image))
        detections = self.detections(predictions, image)
        self.average_precision.update(*in_own_pixels(detections, batch))
        return {"detections": detections}

    test_step = validation_step

    def predict_step(self, batch: dict[str, Any], batch_idx: int) -> list[dict[str, Tensor]]:
        """Boxes, scores and labels of each image, the best first."""
        return self.detections(self(batch["image"]), batch["image"])

    def scores(self) -> dict[str, float]:
        return self.average_precision.compute()

    def targets(self, batch: dict[str, Any]) -> tuple[Tensor, Targets]:
        """The anchors of a batch's images, and their targets."""
        anchors = self.head.anchors(batch["image"])
        return anchors, self.head.targets(batch["boxes"], batch["labels"], anchors)

    def losses(self, predictions: Predictions, batch: dict[str, Any]) -> dict[str, Tensor]:
        """The parts of the loss, by name."""
        anchors, targets = self.targets(batch)
        matched = targets.matched.nonzero(as_tuple=True)
        boxes, anchors, deltas = targets.boxes[matched], anchors[matched[1]], predictions.deltas[matched]
        parts = {
            "class": self.loss.per_element(predictions.logits.transpose(1, 2), self._labels(targets)),
            "box": self.box_weight * self._box_losses(deltas, boxes, anchors),
        }
        if predictions.centerness is not None:
            central = at_least_float32(predictions.centerness[matched])
            parts["centerness"] = F.binary_cross_entropy_with_logits(
                central, centerness(boxes, anchors), reduction="none"
            )
        sums = torch.stack([part.sum() for part in parts.values()])
        means = mean_over_ranks(self, sums, sums.new_tensor(len(boxes)))
        return dict(zip(parts, means.unbind(), strict=True))

    def detections(self, predictions: Predictions, image: Tensor) -> list[dict[str, Tensor]]:
        """Boxes, scores and labels of each image, the best first."""
        scores, boxes = self.scored_boxes(predictions, image)
        return [select(*each, *self.selection) for each in zip(scores, boxes, strict=True)]

    def scored_boxes(self, predictions: Predictions, image: Tensor) -> tuple[Tensor, Tensor]:
        """Of all anchors the scores (N, A, C), and the boxes (N, A, 4), cut to the image."""
        logits = at_least_float32(predictions.logits)
        scores = logits.softmax(-1)[..., :-1] if self.loss.background_logit else logits.sigmoid()
        if predictions.centerness is not None:
            scores = (scores * at_least_float32(predictions.centerness).sigmoid().unsqueeze(-1)).sqrt()
        boxes = self.head.decode(predictions.deltas, self.head.anchors(image))
        return scores, clip_boxes_to_image(boxes, image.shape[-2:])

    def _box_losses(self, deltas: Tensor, boxes: Tensor, anchors: Tensor) -> Tensor:
        if self.box_loss.on == "boxes":
            return self.box_loss(self.head.decode(deltas, anchors), boxes)
        return self.box_loss(deltas, self.head.encode(boxes, anchors))

    def _labels(self, targets: Targets) -> Tensor:
        """Labels as the loss has them: background is the last."""
        labels = targets.labels.where(targets.labels != BACKGROUND, self.num_classes)
        return labels.where(labels != IGNORED, self.loss.ignore_index)
