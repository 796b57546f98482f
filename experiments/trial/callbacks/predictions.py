"""What `trickbench predict` leaves behind."""

import json
from pathlib import Path
from typing import Any

from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import BasePredictionWriter
from PIL import Image
from torch import Tensor

from experiments.files import write_whole


class SavePredictions(BasePredictionWriter):
    """Writes a file for each image of the test set into `predictions/`, numbered in the data set's order.

    Label maps become PNGs whose grey values are the labels, anything else becomes JSON.
    """

    def __init__(self) -> None:
        super().__init__(write_interval="batch")

    def write_on_batch_end(
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        prediction: Any,
        batch_indices: Any,
        batch: Any,
        batch_idx: int,
        dataloader_idx: int,
    ) -> None:
        folder = Path(trainer.default_root_dir) / "predictions"
        first = batch_idx * trainer.datamodule.batch_size  # type: ignore[attr-defined]
        for i, one in enumerate(prediction, start=first):
            # Rank r of w holds the images r, r + w, r + 2w …
            _write(one, folder / f"{i * trainer.world_size + trainer.global_rank:05}")


def _write(prediction: Any, path: Path) -> None:
    if isinstance(prediction, Tensor) and prediction.dim() == 2:
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(prediction.byte().cpu().numpy()).save(path.with_suffix(".png"))
        return
    with write_whole(path.with_suffix(".json")) as file:
        json.dump(_plain(prediction), file)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return value.tolist() if isinstance(value, Tensor) else value
