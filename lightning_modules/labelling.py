"""What tasks share that give labels: to every pixel, or to an image."""

from typing import Any

from torch import Tensor

from lightning_modules.base import DenseModule
from lightning_modules.confusion import ConfusionMatrix


class Labelling(DenseModule):
    """A task whose logits are compared with labels, `elements`, by a loss and a confusion matrix.

    Subclasses define `elements` and `scores`, and set `confusion`.
    """

    confusion: ConfusionMatrix

    def training_step(self, batch: dict[str, Any], batch_idx: int) -> Tensor:
        loss = self.loss.mixed(self(batch["image"]), self.elements(batch), batch.get("share", 1.0))
        self.log("train/loss", loss, on_step=False, on_epoch=True, sync_dist=True, batch_size=len(batch["image"]))
        return loss

    def validation_step(self, batch: dict[str, Any], batch_idx: int) -> None:
        logits, labels = self(batch["image"]), self.elements(batch)
        self.mean_loss.update(self.loss(logits, labels), weight=len(logits))
        self.confusion.update(logits.argmax(dim=1), labels)

    test_step = validation_step

    def predict_step(self, batch: dict[str, Any], batch_idx: int) -> Tensor:
        """Labels: (N, H, W) of pixels, (N,) of images."""
        return self(batch["image"]).argmax(dim=1)

    def counted(self) -> Tensor:
        """The confusion matrix of all ranks since the last call, in float64; rows are labels."""
        confusion = self.confusion.compute().double()
        self.confusion.reset()
        return confusion
