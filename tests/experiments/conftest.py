"""Run folders as trials leave them, with numbers as such ablations have them, and no training."""

import csv
import json
import math
import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TypeAlias
from xml.etree.ElementTree import Element

import pytest

from experiments.declare.ablation import read_ablation
from experiments.folder import LEDGER
from experiments.plan import registration
from experiments.plan.arms import Trial
from experiments.plan.planned import Plan
from experiments.plan.trials import make_plan
from experiments.report.page import render
from experiments.results.study import Study, read_study
from experiments.run import ledger
from experiments.run.shared import link
from tests import slurm
from tests.experiments.pages import read

MakeStudy: TypeAlias = Callable[..., Study]
EPOCHS = 6
CLASSES = ("sky", "building", "pole", "road", "pavement", "tree", "sign", "fence", "car", "pedestrian", "bicyclist")
BASELINE = """
trainer: {max_epochs: 6}
model:
  class_path: Segmentation
  init_args:
    fusion: null
    loss: {class_path: CrossEntropy}
    optimizer: {class_path: torch.optim.SGD, init_args: {lr: 0.1}}
    schedule: {class_path: Warmup, init_args: {length: 0}}
    rewrites: []
data: {class_path: datamodules.CamVid}
"""
TRICKS = {
    "focal": ("Focal loss, γ = 2", "helps", "loss: {class_path: Focal, init_args: {gamma: 2.0}}"),
    "fpn": ("Feature pyramid network", "helps", "fusion: {class_path: FPN, init_args: {channels: 48}}"),
    "warmup": ("Linear warm-up over one epoch", "harmless", "schedule: {init_args: {length: 1.0}}"),
    "drop_path": ("Drop path, rate 0.1", "equivalent", "rewrites+: [{class_path: DropPath, init_args: {rate: 0.1}}]"),
    "large_lr": ("Tenfold learning rate", "unknown", "optimizer: {init_args: {lr: 1.0}}"),
}
# arm → mean effect, its seed noise, parameters, FLOPs, seconds per step, MiB
FACTS = {
    "baseline": (0.0, 0.0, 73_291, 182_400_000, 0.0412, 411.0),
    "focal": (0.004, 0.009, 73_291, 182_400_000, 0.0427, 418.0),
    "fpn": (0.043, 0.006, 128_443, 391_200_000, 0.0659, 633.0),
    "warmup": (0.001, 0.002, 73_291, 182_400_000, 0.0413, 411.0),
    "drop_path": (-0.022, 0.004, 73_291, 182_400_000, 0.0436, 411.0),
    "large_lr": (0.012, 0.006, 73_291, 182_400_000, 0.0412, 411.0),
    "placebo": (0.0, 0.005, 73_291, 182_400_000, 0.0412, 411.0),
}
DIVERGED = ("large_lr", 2)


def facts(arm: str) -> tuple[float, ...]:
    """What an arm is like: its own entry, or that of its name without a condition's."""
    return FACTS[arm if arm in FACTS else arm.rpartition("/")[2]]


def write_ablation(folder: Path, **settings: Any) -> Path:
    """An ablation of five tricks and a placebo, with its YAML files beside it."""
    (folder / "camvid-fcn.yaml").write_text(BASELINE, encoding="utf-8")
    for name, (title, expects, setting) in TRICKS.items():
        about = {"title": title, "paper": "Somebody et al. 2017, eq. 4", "claim": "It pays off.", "expects": expects}
        text = f"about: {json.dumps(about, ensure_ascii=False)}\nmodel:\n  init_args:\n    {setting}\n"
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    ablation = {"baseline": "camvid-fcn.yaml", "tricks": [f"{name}.yaml" for name in TRICKS], "sesoi": 0.01}
    file = folder / "camvid-tricks.yaml"
    all_settings = {**ablation, "seeds": 4, "placebo": True, **settings}
    file.write_text(
        json.dumps({k: v for k, v in all_settings.items() if v is not None}, ensure_ascii=False), encoding="utf-8"
    )
    return file


def write_trial(planned: Plan, trial: Trial) -> None:
    """Leave what a finished trial leaves, and its two lines in the ledger."""
    diverged = (trial.arm, trial.seed) == DIVERGED
    trial.folder.mkdir(parents=True)
    link(trial)
    (trial.folder / "trial.json").write_text(json.dumps({"made_from": trial.origin.record}), encoding="utf-8")
    ledger.note(planned.folder / LEDGER, trial, "launched")
    rows = [_epoch(trial, epoch) for epoch in range(2 if diverged else EPOCHS)]
    with (trial.folder / "metrics.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    _, _, parameters, _, seconds, memory = facts(trial.arm)
    noise = 1 + random.Random(f"{trial.arm} {trial.seed} time").gauss(0, 0.01)
    cost = {"parameters": parameters, "seconds_per_step": seconds * noise, "train_seconds": 600 * seconds}
    result = {
        "status": "diverged" if diverged else "done",
        "made_from": trial.origin.record,
        "metrics": rows[-1],
        "cost": {**cost, "peak_memory_mib": memory * noise},
        "versions": {"python": "3.11.2", "torch": "2.14.1", "lightning": "2.6.6"},
        **({"reason": "the loss is nan at epoch 2, step 171"} if diverged else {}),
    }
    (trial.folder / "result.json").write_text(json.dumps(result), encoding="utf-8")
    ledger.note(planned.folder / LEDGER, trial, result["status"])


def _epoch(trial: Trial, epoch: int) -> dict[str, float]:
    effect, noise, *_ = facts(trial.arm)
    of_seed = random.Random(f"seed {trial.seed}").gauss(0, 0.006)
    own = random.Random(f"{trial.arm} {trial.seed}").gauss(0, noise)
    wobble = random.Random(f"{trial.arm} {trial.seed} {epoch}").gauss(0, 0.02 * (EPOCHS - 1 - epoch) / EPOCHS)
    ious = {}
    for i, name in enumerate(CLASSES):
        of_class = random.Random(f"{trial.arm} {name}").gauss(0, 2 * noise)
        of_class += random.Random(f"{trial.arm} {name} {trial.seed}").gauss(0, 0.01)
        ious[name] = (0.95 - 0.05 * i) * _learned(epoch) + of_seed + own + of_class + effect + wobble
    miou = sum(ious.values()) / len(ious)
    losses = {"train/loss": 2.4 * math.exp(-epoch / 2), "val/loss": 2 - 2 * miou}
    per_class = {f"val/iou/{name}": value for name, value in ious.items()}
    return {"epoch": epoch, "step": 23 * (epoch + 1), **losses, "val/miou": miou, **per_class}


def _learned(epoch: int) -> float:
    return 1 - 0.6 * math.exp(-(epoch + 1) / 1.8)


def write_costs(planned: Plan) -> None:
    """Leave what was measured of every arm before the first run."""
    for arm in planned.arms:
        _, _, parameters, flops, seconds, _ = facts(arm.name)
        cost = {"parameters": parameters, "flops": flops, "seconds_per_step": seconds, "seconds": 600.0, "steps": 138}
        cost |= {
            "layers": arm.contents,
            "code": arm.code.modules,
            "metrics": ["val/miou"],
            "config": arm.merged,
            "first_steps": [0.1],
        }
        file = planned.folder / "cost" / f"{arm.name}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(cost), encoding="utf-8")


def make_study(folder: Path, keep: Callable[[Trial], bool] = lambda trial: True, **settings: Any) -> Study:
    """Write an ablation and those of its trials that are kept, and read them as the report does."""
    planned = make_plan(read_ablation(str(write_ablation(folder, **settings))), folder / "runs")
    registration.register(planned)
    write_costs(planned)
    for trial in filter(keep, planned.trials):
        write_trial(planned, trial)
    return read_study(planned)


@pytest.fixture(scope="module")
def slurm_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A real Slurm, whose commands are on the path."""
    pytest.importorskip("submitit", reason="submitit is not installed: pip install 'trickbench[slurm]'")
    if why := slurm.missing():
        pytest.skip(why)
    with pytest.MonkeyPatch.context() as patch, ExitStack() as stack:
        try:
            environment = stack.enter_context(slurm.cluster(tmp_path_factory.mktemp("slurm")))
        except RuntimeError as error:  # a container may forbid what its daemons do
            pytest.skip(str(error))
        for name in ("PATH", "SLURM_CONF"):
            patch.setenv(name, environment[name])
        patch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
        yield


@pytest.fixture(scope="session")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """All 28 trials finished, one of them diverged."""
    return make_study(tmp_path_factory.mktemp("finished"))


@pytest.fixture(scope="session")
def root(study: Study) -> Element:
    """Its page."""
    return read(render(study))


@pytest.fixture(scope="session")
def partial_study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Twelve of 28 trials: the first arms with all of their seeds, then one with one, then none."""
    names = ("baseline", "focal")
    few = (("fpn", 0), ("fpn", 1), ("fpn", 2), ("warmup", 0))
    return make_study(
        tmp_path_factory.mktemp("partial"), keep=lambda trial: trial.arm in names or (trial.arm, trial.seed) in few
    )


@pytest.fixture(name="make_study")
def make_study_fixture(tmp_path_factory: pytest.TempPathFactory) -> MakeStudy:
    """Makes a study in a folder of its own."""
    return lambda **settings: make_study(tmp_path_factory.mktemp("study"), **settings)
