"""Base class of the tasks that give labels: to every pixel, or to an image."""

from typing import Any

from torch import Tensor

from lightning_modules.confusion import ConfusionMatrix
from lightning_modules.tasks.base import DenseModule
from lightning_modules.tasks.epoch_means import log_means


class Labelling(DenseModule):
    """A task whose logits are compared with labels, `elements`, by a loss and a confusion matrix.

    Subclasses define `elements` and `scores`, and set `confusion`.
    """

    confusion: ConfusionMatrix

    def training_step(self, batch: dict[str, Any], batch_idx: int) -> Tensor:
        loss = self.training_loss(batch)
        log_means(self, {"train/loss": loss}, batch_idx, len(batch["image"]))
        return loss

    def training_loss(self, batch: dict[str, Any]) -> Tensor:
        """What is trained on: the loss, on labels that may have been mixed."""
        return self.loss_of(self(batch["image"]), batch)

    def loss_of(self, logits: Tensor, batch: dict[str, Any]) -> Tensor:
        """The loss of a training batch's logits."""
        return self.loss.mixed(logits, self.elements(batch), batch.get("share"))

    def validation_step(self, batch: dict[str, Any], batch_idx: int) -> Tensor:
        """The predicted labels, for callbacks."""
        logits, labels = self(batch["image"]), self.elements(batch)
        self.mean_loss.update(self.loss(logits, labels), weight=len(logits))
        predicted = logits.argmax(dim=1)
        self.confusion.update(predicted, labels)
        return predicted

    test_step = validation_step

    def predict_step(self, batch: dict[str, Any], batch_idx: int) -> Tensor:
        """Labels: (N, H, W) of pixels, (N,) of images."""
        return self(batch["image"]).argmax(dim=1)

    def counted(self) -> Tensor:
        """The confusion matrix of all ranks since the last call, in float64; rows are labels."""
        confusion = self.confusion.compute().double()
        self.confusion.reset()
        return confusion
