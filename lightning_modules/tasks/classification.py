"""Classification of whole images: one label an image, and accuracy."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from torch import Tensor, nn

from lightning_modules.confusion import ConfusionMatrix
from lightning_modules.heads import GAPHead, ImageHead
from lightning_modules.layers import Level
from lightning_modules.losses import ClassificationLoss
from lightning_modules.networks import BackboneSlot, BlockSlot, Features
from lightning_modules.optim import ParameterRule
from lightning_modules.rewrites import Rewrite
from lightning_modules.tasks.base import OptimizerSlot, ScheduleSlot
from lightning_modules.tasks.labelling import Labelling

ImageHeadSlot: TypeAlias = Callable[[Sequence[Level], int], ImageHead]


class Classification(Labelling):
    """Backbone → context → head under a loss an image, measured by top-1 accuracy over the whole data set.

    Logged beside it is the accuracy in each class, NaN where the data have no such image.

    Args:
        num_classes: Classes of the labels.
        backbone: Image → pyramid.
        loss: A mean over labels.
        optimizer: Any of torch.optim.
        schedule: Of the learning rate, stepped at every optimizer step.
        context: Block that enriches the deepest level, or None.
        head: Pyramid → one row of logits an image.
        rewrites: Changes to the built network, in this order.
        parameter_rules: What some parameters get of the optimizer that others do not.

    Raises:
        ValueError: If num_classes is below 2, the loss is not a mean over labels, or the data has another number of
            classes.
    """

    def __init__(
        self,
        num_classes: int,
        backbone: BackboneSlot,
        loss: ClassificationLoss,
        optimizer: OptimizerSlot,
        schedule: ScheduleSlot,
        context: BlockSlot | None = None,
        head: ImageHeadSlot = GAPHead,
        rewrites: list[Rewrite] | None = None,
        parameter_rules: list[ParameterRule] | None = None,
    ) -> None:
        if num_classes < 2:
            raise ValueError(f"Classification: num_classes must be at least 2, got {num_classes}")
        if not isinstance(loss, ClassificationLoss):
            raise ValueError(f"Classification: loss must be a ClassificationLoss, got {type(loss).__name__}")

        def build() -> nn.Module:
            features = Features(backbone, context, None)
            return nn.Sequential(OrderedDict(features=features, head=head(features.levels, num_classes)))

        super().__init__(build, num_classes, loss, optimizer, schedule, rewrites or [], parameter_rules or [])
        self.confusion = ConfusionMatrix(num_classes, loss.ignore_index)

    def elements(self, batch: dict[str, Any]) -> Tensor:
        return batch["label"]

    def scores(self) -> dict[str, Tensor]:
        confusion = self.counted()
        hit = confusion.diagonal()
        of_class = hit / confusion.sum(1)  # 0/0 = NaN where the data have no such image
        scores = {"accuracy": hit.sum() / confusion.sum()}
        scores |= {f"accuracy/{name}": value for name, value in zip(self.class_names, of_class, strict=True)}
        return {name: value.float() for name, value in scores.items()}
