"""A validation image with its truth and a prediction, as W&B shows them: switched on and off, class by class."""

from collections.abc import Mapping
from typing import Any

import torch
import wandb
from lightning.pytorch import LightningModule
from torch import Tensor

from datamodules import DenseData


def as_image(module: LightningModule, batch: Mapping[str, Any], i: int, predicted: Any) -> wandb.Image:
    """An image of a batch.

    Args:
        module: The task, whose data say how images were normalised and what is ignored.
        batch: As the task's steps get it.
        i: Which of its images.
        predicted: For this one: labels (H, W), a label (), or boxes with labels and scores.
    """
    data: DenseData = module.trainer.datamodule  # type: ignore[attr-defined]
    names = dict(enumerate(map(str, module.class_names)))  # type: ignore[arg-type]
    pixels = _pixels(batch["image"][i], data)
    if isinstance(predicted, dict):
        truth = {"boxes": batch["boxes"][i], "labels": batch["labels"][i]}
        return wandb.Image(pixels, boxes={"prediction": _boxes(predicted, names), "truth": _boxes(truth, names)})
    if predicted.dim() == 2:
        known = {**names, data.ignore_index: "ignored"}
        masks = {"prediction": predicted, "truth": batch["mask"][i]}
        return wandb.Image(pixels, masks={name: _mask(labels, known) for name, labels in masks.items()})
    caption = f"{names[int(predicted)]} (truth: {names.get(int(batch['label'][i]), 'ignored')})"
    return wandb.Image(pixels, caption=caption)


def _pixels(image: Tensor, data: DenseData) -> Any:
    """(H, W, 3) in 0 to 255."""
    mean, std = (torch.tensor(values).view(-1, 1, 1) for values in (data.mean, data.std))
    plain = (image.float().cpu() * std + mean).clamp(0, 1) * 255
    return plain.round().byte().permute(1, 2, 0).numpy()


def _mask(labels: Tensor, names: Mapping[int, str]) -> dict[str, Any]:
    return {"mask_data": labels.byte().cpu().numpy(), "class_labels": dict(names)}


def _boxes(found: Mapping[str, Tensor], names: Mapping[int, str]) -> dict[str, Any]:
    boxes, labels = found["boxes"].tolist(), found["labels"].tolist()
    scores = found["scores"].tolist() if "scores" in found else [None] * len(boxes)
    return {
        "class_labels": dict(names),
        "box_data": [_box(*each, names) for each in zip(boxes, labels, scores, strict=True)],
    }


def _box(corners: list[float], label: int, score: float | None, names: Mapping[int, str]) -> dict[str, Any]:
    left, top, right, bottom = corners
    said = {} if score is None else {"scores": {"score": score}}
    return {
        "position": {"minX": left, "maxX": right, "minY": top, "maxY": bottom},
        "domain": "pixel",
        "class_id": label,
        "box_caption": names[label] if score is None else f"{names[label]} {score:.2f}",
        **said,
    }
