"""Pictures of the last validation of a trial, for the page."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from lightning.pytorch import Callback, LightningModule, Trainer
from numpy.typing import NDArray

from experiments.folder import PICTURES
from experiments.images import pictures
from experiments.trial.final import is_last
from experiments.trial.images import TASKS, gathered, is_told, places, plain
from lightning_modules.tasks import Classification, Segmentation


class KeepPictures(Callback):
    """Keeps some images of the validation that a training ends with, beside truth and prediction; see `pictures`."""

    def __init__(self) -> None:
        self.kept: list[tuple[dict[str, bytes], dict[int, Any]]] | None = None  # None where nothing is kept
        self.done = 0  # images so far

    def on_validation_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.kept, self.done = [] if is_last(trainer) and isinstance(pl_module, TASKS) else None, 0

    def on_validation_batch_end(
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        if self.kept is None or dataloader_idx or not is_told(pl_module, outputs, batch):
            return
        wanted, here = set(pictures.chosen(_images(trainer))), places(trainer, self.done, len(batch["image"]))
        self.done += len(here)
        for i, place in enumerate(here.tolist()):
            if place in wanted:
                files, said = _pictured(pl_module, outputs, batch, i)
                named = {f"{place:05}{ending}": content for ending, content in files.items()}
                self.kept.append((named, {place: said} if said else {}))

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if self.kept is not None:
            kept, self.kept = gathered(self.kept), None
            if kept and trainer.is_global_zero:
                files, said = ({k: v for part in parts for k, v in part.items()} for parts in zip(*kept, strict=True))
                pictures.write(Path(trainer.default_root_dir) / PICTURES, files, said)


def _images(trainer: Trainer) -> int:
    """How many images all ranks validate together."""
    loader: Any = trainer.val_dataloaders
    batches = int(trainer.num_val_batches[0])
    return min(len(loader.dataset), batches * loader.batch_size * trainer.world_size)


def _pictured(module: Any, outputs: Any, batch: dict[str, Any], i: int) -> tuple[dict[str, bytes], dict[str, Any]]:
    """The pictures of an image, by the ends of their names, and what is said of it."""
    files = {".jpg": pictures.photo(_photo(module, batch["image"][i]))}
    if isinstance(module, Segmentation):
        truth, predicted = plain(module.elements(batch)[i]), plain(outputs[i])
        truth = np.where(truth == module.loss.ignore_index, 255, truth)
        return {**files, ".truth.png": pictures.mask(truth), ".png": pictures.mask(predicted)}, {}
    if isinstance(module, Classification):
        return files, {"truth": int(module.elements(batch)[i]), "found": int(outputs[i])}
    size, found = batch["image"].shape[-2:], outputs["detections"][i]
    true = plain(batch["boxes"][i]), plain(batch["labels"][i]).tolist(), [1.0] * len(batch["labels"][i])
    ours = plain(found["boxes"]), plain(found["labels"]).tolist(), plain(found["scores"]).tolist()
    return files, {"truth": pictures.boxes(*true, size), "found": pictures.boxes(*ours, size)}


def _photo(module: Any, image: torch.Tensor) -> NDArray[np.uint8]:
    """A normalised image as it was; of other channels than three the first in grey."""
    mean, std = (
        image.new_tensor(getattr(module.data, name, default)) for name, default in (("mean", 0.0), ("std", 1.0))
    )
    if len(mean) == len(std) == len(image):
        image = image * std.view(-1, 1, 1) + mean.view(-1, 1, 1)
    image = image if len(image) == 3 else image[:1].expand(3, -1, -1)
    return plain(image.clamp(0, 1).mul(255).round().byte().permute(1, 2, 0))
