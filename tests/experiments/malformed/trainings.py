"""Values that no training can use, by the key that they are given to."""

import datetime
import math
from collections.abc import Iterator, Mapping
from typing import Any

from tests.experiments.malformed.case import BASE, Case, nested, training

HUGE = 10**9
NAN = math.nan
DAY = datetime.date(2024, 2, 29)

TRAINER: Mapping[str, list[Any]] = {
    "max_epochs": [-5, 0, -1, 1.5, "many", [3], {"a": 1}],
    "min_epochs": [-1, "few"],
    "max_steps": [-2, 0, 1.5, "many"],
    "min_steps": [-1, "few"],
    "max_time": ["soon", [1], {"days": "x"}],
    "check_val_every_n_epoch": [0, -1, 1.5, "x"],
    "val_check_interval": [0, -1, 7.5, HUGE, NAN, "x"],
    "limit_train_batches": [0, -1, 7.5, NAN, "x"],
    "limit_val_batches": [-1, 7.5, NAN, "x"],
    "log_every_n_steps": [-1, 1.5, "x"],
    "accumulate_grad_batches": [0, -1, 1.5, "x"],
    "gradient_clip_val": [-1, NAN, "x", [1]],
    "gradient_clip_algorithm": ["value-ish", 3],
    "precision": [17, "half", [16]],
    "accelerator": ["abacus", 3, ["cpu"]],
    "devices": [0, -2, "x", [], 1.5],
    "num_nodes": [0, -1, "x"],
    "strategy": ["magic", 3, ["ddp"]],
    "num_sanity_val_steps": [-2, "x"],
    "overfit_batches": [-1, 7.5, "x"],
    "fast_dev_run": [-1, "x"],
    "profiler": ["fast", 3],
    "plugins": ["x", 3],
    "logger": ["x", 3, ["x"], {"class_path": "NoLogger"}, {"class_path": "CSVLogger"}],
    "callbacks": ["x", 3, [3], ["NoSuch"], [{"class_path": "NoSuch"}], [{"class_path": "EMA", "init_args": [1]}]],
    "default_root_dir": [[1], {"a": 1}],
    "deterministic": ["x", [1]],
    "benchmark": ["x"],
    "detect_anomaly": ["x"],
    "inference_mode": ["x"],
    "sync_batchnorm": ["x"],
    "reload_dataloaders_every_n_epochs": [-1, "x"],
    "enable_checkpointing": ["x", 0.5],
    "barebones": ["x"],
}
MODEL: Mapping[str, list[Any]] = {
    "num_classes": [0, 1, -1, 1.5, "many", [2], {"a": 2}, DAY, b"2", None],
    "backbone.init_args.channels": [0, -1, HUGE, 10**30, 1.5, "x", [2], {"a": 1}, NAN],
    "backbone.init_args.stages": [0, -1, HUGE, "x"],
    "backbone.init_args.blocks": [-1, "x"],
    "backbone": [
        3,
        "x",
        [],
        [{"class_path": "Tiny"}],
        {"class_path": 3},
        {"class_path": "Tiny", "init_args": [1]},
        None,
    ],
    "loss": [3, [], {"class_path": "CrossEntropy", "init_args": {"ignore_index": 1.5}}],
    "optimizer.init_args.lr": [-1, NAN, "x", [0.1], {"a": 1}, DAY, None],
    "optimizer.init_args.momentum": [-1, NAN, "x"],
    "optimizer.init_args.weight_decay": [-1, NAN, "x"],
    "optimizer": [
        3,
        "x",
        [],
        {"class_path": "torch.optim"},
        {"class_path": "os.getcwd"},
        {"class_path": "Segmentation"},
    ],
    "schedule.init_args.length": [-1, NAN, "x", 10**9, [1]],
    "schedule.init_args.decay": [3, [], {"class_path": "Poly", "init_args": {"power": -1}}],
    "rewrites": [3, "x", {"class_path": "Freeze"}, [3], [{"class_path": "FPN"}]],
    "parameter_rules": [3, "x", [{"class_path": "WeightDecay"}]],
}
DATA: Mapping[str, list[Any]] = {
    "image_size": [0, -1, 10**7, 1.5, "x", [32], None],
    "scale": [[20, 8], [0, 1], [8], "x", {"a": 1}, [NAN, 20], [8, 1e9]],
    "objects": [[-1, 2], [5, 1], 3, "x"],
    "train_scenes": [0, -1, 10**15, "x", [16]],
    "val_scenes": [0, -1, "x"],
    "batch_size": [0, -1, 10**30, 1.5, "x", None],
    "num_workers": [-1, 10**6, "x"],
    "mean": [[1, 2], "x", {"a": 1}, [NAN, 0, 0]],
    "std": [[0, 0, 0], [-1, 1, 1], "x"],
    "contrast": [NAN, "x"],
    "imbalance": [NAN, "x"],
    "mask_noise": [-0.1, 1.1, NAN, "x"],
    "scene_seed": [-1, 1.5, "x"],
    "train_transforms": [3, "x", [3], [{"class_path": "NoSuch"}], [{"class_path": "torchvision.transforms.v2.Resize"}]],
}
TOP: Mapping[str, list[Any]] = {
    "seed_everything": [-1, 2**32, 1.5, "many", [1], {"a": 1}, DAY],
    "threads": [-1, 0, HUGE, 1.5, "many", [2]],
    "trainer": [3, "x", [], [{"max_epochs": 1}], {"max_epoch": 1}, {3: 4}],
    "model": [
        3,
        "x",
        [],
        {"class_path": 3},
        {"class_path": "Segmentation", "init_args": [1]},
        {"class_path": "Digits"},
    ],
    "data": [3, "x", [], {"class_path": "Segmentation"}, {"class_path": "Digits", "init_args": 3}],
    "about": [3, "x", [1], {"title": 3}, {"expects": "wonders"}, {"tasks": "all"}],
    "nonsense": [1, {"a": 1}],
    "ckpt_path": [3, [1], {"a": 1}],
}


DEEP: Mapping[str, list[Any]] = {  # what is found out only as the run is built
    "trainer.max_time.days": [-1],
    "trainer.precision": ["transformer-engine"],
    "trainer.strategy": ["ddp_spawn", {"class_path": "DDPStrategy", "init_args": {"start_method": "spawn"}}],
    "trainer.callbacks": [[{"class_path": name}] for name in ("LearningRateFinder", "BackboneFinetuning")],
    "trainer.logger": [
        {"class_path": "WandbLogger", "init_args": {"project": "a/b", "offline": True}},
        {"class_path": "CometLogger"},
    ],
    "model.init_args.context": [{"class_path": "PPM", "init_args": {"bins": [HUGE]}}],
    "model.init_args.fusion": [{"class_path": "FPN", "init_args": {"channels": HUGE}}],
}
SAID = ("max_time", "transformer_engine", "project", "comet-ml", "memory", "ddp", "Finder", "Finetuning")  # of those


def values() -> Iterator[tuple[str, Any]]:
    """Every dotted key with every number that it has to refuse, and one of five of the other values.

    Of those the parser refuses most alike, and a training takes a third of a second to be refused.
    """
    groups = {"trainer.": TRAINER, "model.init_args.": MODEL, "data.init_args.": DATA, "": TOP}
    every = [(f"{p}{key}", value) for p, group in groups.items() for key, wrong in group.items() for value in wrong]
    others = [each for each in every if not isinstance(each[1], int | float)][::5]
    yield from (each for each in every if isinstance(each[1], int | float) or each in others)


def cases() -> Iterator[Case]:
    """A fit over the baseline for each key and value."""
    for key, value in (*values(), *((key, value) for key, wrong in DEEP.items() for value in wrong)):
        *_, above, last = ("", *key.split("."))
        files = {**BASE, "layer.yaml": nested(key, value)}
        yield Case(
            f"fit {key} = {value!r}",
            training("fit", "layer.yaml"),
            (last, above or last, repr(value), *(SAID * (key in DEEP))),
            files,
        )
