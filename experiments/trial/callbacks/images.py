"""What a trial leaves of the images of its last validation."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from lightning.pytorch import LightningModule, Trainer
from numpy.typing import NDArray

from experiments.folder import IMAGES
from experiments.images import boxes, labels, store
from experiments.images.ground import is_ground
from experiments.trial.callbacks.final import validate_again
from experiments.trial.callbacks.last import TASKS, LastValidation
from lightning_modules.boxes import in_own_pixels
from lightning_modules.tasks import Classification, Segmentation


class CountImages(LastValidation[store.Tables]):
    """Counts, in the validation that a training ends with, what is right in each image; see `store` for the file."""

    def __init__(self) -> None:
        super().__init__()
        self.step: int | None = None  # of the file

    def look(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, places: NDArray[np.uint32]
    ) -> list[store.Tables]:
        """The counts of a batch."""
        return [{"places": places, **_counted(pl_module, outputs, batch)}]

    def keep(self, trainer: Trainer, pl_module: LightningModule, parts: list[store.Tables]) -> None:
        """Write the counts of all images."""
        store.write(Path(trainer.default_root_dir) / IMAGES, _described(store.merged(parts), pl_module))

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if self.parts is not None:
            self.step = trainer.global_step
        super().on_validation_end(trainer, pl_module)

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """After an end that a validation's own metric decided, nobody had known that it was the last."""
        if trainer.enable_validation and self.step != trainer.global_step:
            validate_again(trainer)


def _described(tables: dict[str, NDArray[Any]], module: Any) -> store.Tables:
    known = getattr(module.data, "names", lambda split: ())("val")
    said = {
        "task": np.array(next(task.__name__.lower() for task in TASKS if isinstance(module, task))),
        "classes": np.array(module.class_names, dtype=np.str_),
        "names": np.array([known[place] for place in tables["places"]] if known else [], dtype=np.str_),
    }
    return {**said, **tables}


def _counted(module: LightningModule, outputs: Any, batch: dict[str, Any]) -> store.Tables:
    if isinstance(module, Segmentation):
        return _of_pixels(module, plain(outputs), plain(module.elements(batch)))
    if isinstance(module, Classification):
        truth = plain(module.elements(batch)).astype(np.int32)
        truth[truth == module.loss.ignore_index] = -1
        return {"labels": truth, "predicted": plain(outputs).astype(np.int32)}
    return _of_boxes(outputs["detections"], batch)


def _of_pixels(module: Segmentation, predicted: NDArray[Any], truth: NDArray[Any]) -> store.Tables:
    counted, classes = truth != module.loss.ignore_index, module.num_classes
    near, near_predicted = (labels.near_boundary(each, counted) for each in (truth, predicted))
    shapes = [label for label, name in enumerate(module.class_names) if not is_ground(name)]
    return {
        "pixels": labels.tally(truth, predicted, counted, counted, classes),
        "boundary": labels.tally(truth, predicted, near, near_predicted, classes),
        "objects": labels.objects(truth, truth == predicted, shapes),
    }


def _of_boxes(outputs: Any, batch: dict[str, Any]) -> store.Tables:
    rows = []
    for i, (ours, truth) in enumerate(zip(*in_own_pixels(outputs, batch), strict=True)):
        found, true = ({name: plain(value) for name, value in each.items()} for each in (ours, truth))
        sides = true["boxes"][:, 2:] - true["boxes"][:, :2]
        objects = boxes.objects(true["labels"], true.get("area", sides.prod(-1)), i)
        detected = found["boxes"], found["labels"], found["scores"], true["boxes"], true["labels"]
        rows.append((objects, boxes.detections(*detected, i)))
    return dict(zip(("objects", "detections"), map(np.concatenate, zip(*rows, strict=True)), strict=True))


def plain(tensor: torch.Tensor) -> NDArray[Any]:
    """A tensor as an array; NumPy knows no bfloat16."""
    array: NDArray[Any] = (tensor.float() if tensor.is_floating_point() else tensor).cpu().numpy()
    return array
