"""Logs of small studies, written as each tool writes its own."""

import csv
import json
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import yaml

FINAL = {"baseline": [0.712, 0.705, 0.719, 0.708, 0.714], "focal": [0.729, 0.72, 0.734, 0.728, 0.726]}
EPOCHS = 3


def runs() -> Iterator[tuple[str, int, list[float]]]:
    """Arm, seed and the metric of each epoch, of which neither the first nor the last is the best."""
    for arm, values in FINAL.items():
        for seed, value in enumerate(values):
            yield arm, seed, [value - 0.2, value + 0.01, value]


def lay(root: Path, write: Callable[[Path, str, int, Sequence[float]], None]) -> Path:
    """Every run by a tool's writer, in `<root>/<arm>/seed-<seed>`."""
    for arm, seed, values in runs():
        folder = root / arm / f"seed-{seed}"
        folder.mkdir(parents=True)
        write(folder, arm, seed, values)
    return root


def table(path: Path, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A CSV table."""
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])


def ultralytics(folder: Path, arm: str, seed: int, values: Sequence[float]) -> None:
    """Columns and arguments of release 8.3; `seed` is 0 there unless somebody sets it."""
    losses = ["box_loss", "cls_loss", "dfl_loss"]
    scores = [f"metrics/{name}(B)" for name in ("precision", "recall", "mAP50", "mAP50-95")]
    header = ["epoch", "time", *(f"train/{name}" for name in losses), *scores]
    header += [*(f"val/{name}" for name in losses), "lr/pg0", "lr/pg1", "lr/pg2"]
    rows = [
        [epoch, f"{9.5 * epoch:.6g}", 1.2, 2.3, 1.1, 0.8, 0.7, 0.9, f"{value:.5g}", 1.3, 2.4, 1.2, 0.01, 0.01, 0.01]
        for epoch, value in enumerate(values, 1)
    ]
    table(folder / "results.csv", header, rows)
    args = {"task": "detect", "mode": "train", "model": "yolo11n.yaml", "data": "coco8.yaml", "epochs": EPOCHS}
    args |= {"pretrained": True, "seed": seed, "name": folder.name, "tracker": "botsort.yaml", "save_dir": str(folder)}
    (folder / "args.yaml").write_text(yaml.safe_dump(args, sort_keys=False))


def mmengine(folder: Path, arm: str, seed: int, values: Sequence[float]) -> None:
    """A run of mmdet 3: losses every few iterations, the evaluator's values once an epoch, the dumped config."""
    place = folder / "20260101_120000" / "vis_data"
    place.mkdir(parents=True)
    lines = []
    for epoch, value in enumerate(values, 1):
        lines += [{"lr": 0.02, "data_time": 0.01, "loss": 1.5, "time": 0.4, "epoch": epoch, "iter": 50 * epoch}]
        lines[-1] |= {"memory": 4000, "step": 50 * epoch}
        lines += [{"coco/bbox_mAP": value, "coco/bbox_mAP_50": 0.9, "data_time": 0.01, "time": 0.1, "step": epoch}]
    text = "".join(f"{json.dumps(line)}\n" for line in lines)
    for name in ("20260101_120000.json", "scalars.json"):
        (place / name).write_text(text)
    (place / "config.py").write_text(
        f"auto_scale_lr = dict(base_batch_size=16, enable=False)\nload_from = None\nmodel = dict(\n    name='{arm}',\n"
        f"    bbox_head=dict(loss=dict(type='FocalLoss', gamma=2.0)),\n    type='RetinaNet')\n"
        f"randomness = dict(deterministic=False, seed={seed})\n"
    )


WANDB = ["Name", "State", "Notes", "User", "Tags", "Created", "Runtime", "Sweep", "loss", "data.seed", "val/miou"]


def wandb(path: Path) -> Path:
    """The table of runs, newest first, as the web page exports it: every cell quoted."""
    rows = [
        [f"{arm}-seed{seed}", "finished", "-", "ann", "", "2026-01-01T12:00:00.000Z", 61, "", arm, seed, values[-1]]
        for arm, seed, values in runs()
    ]
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows([WANDB, *reversed(rows)])
    return path


def wandb_chart(path: Path) -> Path:
    """A chart as the web page exports it: a row a step, three columns a run and its steps beside them."""
    lines = {f"{arm}-seed{seed}": values for arm, seed, values in runs()}
    header, rows = ["Step"], [[str(step)] for step in range(EPOCHS)]
    for name, values in lines.items():
        for metric, told in (("_step", range(EPOCHS)), ("val/miou", values)):
            header += [f"{name} - {metric}{end}" for end in ("", "__MIN", "__MAX")]
            for row, value in zip(rows, told, strict=True):
                row.extend([str(value)] * 3)
    table(path, header, rows)
    return path


def mlflow(root: Path) -> Path:
    """A file store with one experiment."""
    experiment = root / "123456789"
    experiment.mkdir(parents=True)
    meta = {"artifact_location": f"file://{experiment}", "creation_time": 1, "experiment_id": "123456789"}
    (experiment / "meta.yaml").write_text(yaml.safe_dump(meta | {"lifecycle_stage": "active", "name": "losses"}))
    for number, (arm, seed, values) in enumerate(runs()):
        _mlflow_run(experiment / f"{number:032x}", f"{arm}-seed-{seed}", {"loss": arm, "seed": str(seed)}, values)
    (root / ".trash").mkdir()
    return root


def _mlflow_run(folder: Path, name: str, params: dict[str, str], values: Sequence[float]) -> None:
    meta = {
        "artifact_uri": f"file://{folder}/artifacts",
        "end_time": 2,
        "entry_point_name": "",
        "experiment_id": "123456789",
    }
    meta |= {"lifecycle_stage": "active", "run_id": folder.name, "run_name": name, "run_uuid": folder.name}
    meta |= {"source_name": "", "source_type": 4, "source_version": "", "start_time": 1, "status": 3, "tags": []}
    steps = "".join(f"17000000000{step:02} {value} {step}\n" for step, value in enumerate(values))
    files = {
        "meta.yaml": yaml.safe_dump(meta | {"user_id": "ann"}),
        "metrics/val/miou": steps,
        "tags/mlflow.runName": name,
    }
    for path, text in {**files, **{f"params/{key}": value for key, value in params.items()}}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)


def edit(path: Path, pattern: str, text: str) -> None:
    """Replace what a pattern finds first in a file; it must be there."""
    changed, count = re.subn(pattern, text, path.read_text(), count=1)
    assert count == 1
    path.write_text(changed)
