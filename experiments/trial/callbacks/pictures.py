"""Pictures of the last validation of a trial, for the page."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from lightning.pytorch import LightningModule, Trainer
from numpy.typing import NDArray

from experiments.folder import PICTURES
from experiments.images import pictures
from experiments.trial.callbacks.images import plain
from experiments.trial.callbacks.last import LastValidation
from lightning_modules.tasks import Classification, Segmentation

Part = tuple[dict[str, bytes], dict[int, Any]]  # files by name, and what is said of an image by its place


class KeepPictures(LastValidation[Part]):
    """Keeps some images of the validation that a training ends with, beside truth and prediction; see `pictures`."""

    def look(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, places: NDArray[np.uint32]
    ) -> list[Part]:
        """The pictures of those images of a batch that are wanted."""
        wanted, kept = set(pictures.chosen(_images(trainer))), []
        for i, place in enumerate(places.tolist()):
            if place in wanted:
                files, said = _pictured(pl_module, outputs, batch, i)
                named = {f"{place:05}{ending}": content for ending, content in files.items()}
                kept.append((named, {place: said} if said else {}))
        return kept

    def keep(self, trainer: Trainer, pl_module: LightningModule, parts: list[Part]) -> None:
        """Write the pictures of all ranks."""
        files, said = ({k: v for part in each for k, v in part.items()} for each in zip(*parts, strict=True))
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
        own = getattr(module.data, "colours", ())
        return {**files, ".truth.png": pictures.mask(truth, own), ".png": pictures.mask(predicted, own)}, {}
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
