"""What a matrix costs beside its trainings: planning, watching and reporting of many trials, and starting them."""

import csv
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

from rich.console import Console

from experiments.declare.ablation import read_ablation
from experiments.folder import LEDGER, METRICS, RESULT, TRIAL
from experiments.plan import registration
from experiments.plan.arms import Trial
from experiments.plan.planned import Plan
from experiments.plan.trials import make_plan
from experiments.run import costs, matrix
from experiments.run.launchers.job import Job
from experiments.run.launchers.launcher import Demand
from experiments.run.launchers.local import Local
from experiments.run.limits import Limits
from experiments.run.shared import link
from tests.bench.row import Row
from tests.experiments import tiny

MANY, FEW = 10_000, 1_000
AIMS = {"plan": 2.0, "status": 0.5, "report": 10.0}
TRICKS = ["fpn", "focal", "warmup", "drop_path"]
SHORT, LONG = 1, 4  # seconds of a trial that sleeps
LOOP = 3  # runs of a loop, for 24


def rows() -> Iterator[Row]:
    """Commands over made folders, the engine's own time, and 24 short trials beside a shell loop over `fit`."""
    with tempfile.TemporaryDirectory() as folder:
        yield from _commands(Path(folder))
    with tempfile.TemporaryDirectory() as folder:
        _, short, long = (_engine(Path(folder) / str(i), seconds) for i, seconds in enumerate((SHORT, SHORT, LONG)))
    each = max(0.0, long - short) / (
        LONG - SHORT
    )  # CPU seconds for each second that a trial runs; the rest is once a trial
    yield Row("CPU of the engine beside one-minute trials (s)", [short + (60 - SHORT) * each], [60.0], 0.01)
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = _ablate(Path(folder)), _loop(Path(folder))
    yield Row("24 short trials: ablate beside a shell loop over fit (s)", [ours], [theirs], 0.5)


def _commands(folder: Path) -> Iterator[Row]:
    seconds: dict[str, list[float]] = {name: [] for name in AIMS}
    for count in (FEW, MANY):
        file = folder / f"many-{count}.yaml"
        keys = {"baseline": "digits", "tricks": TRICKS, "sesoi": 0.01, "seeds": count // (1 + len(TRICKS))}
        file.write_text(json.dumps(keys), encoding="utf-8")
        runs = folder / str(count)
        _make(make_plan(read_ablation(str(file)), runs))
        _command("status", str(file), "--runs", str(runs))  # reads what there is; from then on it looks for changes
        for name, taken in seconds.items():
            taken.append(min(_processor(name, str(file), "--runs", str(runs)) for _ in range(3)))
    for name, (few, many) in seconds.items():
        yield Row(f"{name} of {MANY:,} trials (s)", [many], None, AIMS[name])
        yield Row(f"{name} of {MANY:,} beside {FEW:,} trials (s)", [many], [few], MANY / FEW)


def _processor(*words: str) -> float:
    """Seconds of the processor that a command takes, however busy the machine is."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    _command(*words)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _command(*words: str) -> float:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    started = time.perf_counter()
    subprocess.run([sys.executable, "-m", "experiments", *words], check=True, capture_output=True, env=environment)
    return time.perf_counter() - started


def _make(planned: Plan) -> None:
    """Leave what such an ablation leaves, without training it."""
    registration.register(planned)
    (planned.folder / "cost").mkdir()
    for arm in planned.arms:
        made_from = {"layers": arm.contents, "code": arm.code.modules, "config": arm.merged, "metrics": ["val/miou"]}
        measured = {**made_from, "first_steps": [arm.name], **dict.fromkeys(costs.NUMBERS, 1.0)}
        costs.path(planned, arm).write_text(json.dumps(measured), encoding="utf-8")
    with (planned.folder / LEDGER).open("w", encoding="utf-8") as ledger:
        for at, trial in enumerate(planned.trials):
            _leave(trial)
            for event in ("launched", "done"):
                ledger.write(json.dumps({"time": at, "arm": trial.arm, "seed": trial.seed, "event": event}) + "\n")


def _leave(trial: Trial) -> None:
    trial.folder.mkdir(parents=True)
    link(trial)
    epochs = [
        {"epoch": i, "step": 20 * (i + 1), "train/loss": 2 - i / 5, "val/miou": i / 10 + random.gauss(0, 0.01)}
        for i in range(6)
    ]
    with (trial.folder / METRICS).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, epochs[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(epochs)
    cost = {"parameters": 1000, "seconds_per_step": 0.1, "train_seconds": 60.0, "peak_memory_mib": 100.0}
    made_from = {"made_from": trial.origin.record}
    result = {"status": "done", "metrics": epochs[-1], "cost": cost, "versions": {"torch": "2"}, **made_from}
    (trial.folder / RESULT).write_text(json.dumps(result), encoding="utf-8")
    (trial.folder / TRIAL).write_text(json.dumps(made_from), encoding="utf-8")


def _engine(folder: Path, seconds: int) -> float:
    """CPU seconds of the runner for each of eight trials that do nothing for so many seconds."""
    planned = make_plan(read_ablation(str(short(folder, seeds=4))), folder / "runs")
    planned.folder.mkdir(parents=True)
    started = time.process_time()
    with mock.patch.object(matrix, "Job", lambda call, args, log, *more: Job("time:sleep", (seconds,), log)):
        matrix.train(
            planned, planned.trials, Local(Demand(), 2), Console(quiet=True), Limits(None, None, {}), lambda _: None
        )
    return (time.process_time() - started) / len(planned.trials)


def short(folder: Path, seeds: int) -> Path:
    """An ablation of a trick whose trials take about a second."""
    folder.mkdir(parents=True, exist_ok=True)
    base = tiny.write(folder, "base.yaml", {**tiny.BASELINE, "trainer": {"max_epochs": 1}})
    trick = tiny.write(folder, "focal.yaml", tiny.model(loss={"class_path": "Focal"}))
    keys = {"baseline": base, "tricks": [trick], "seeds": seeds, "sesoi": 0.1, "metric": "val/accuracy"}
    return Path(tiny.write(folder, "short.yaml", keys))


def _ablate(folder: Path) -> float:
    return _command("ablate", str(short(folder, seeds=12)), "--runs", str(folder / "runs"), "--jobs", "2")


def _loop(folder: Path) -> float:
    planned = make_plan(read_ablation(str(folder / "short.yaml")), folder / "loop")
    return 24 / LOOP * sum(_command(*trial.argv) for trial in planned.trials[:LOOP])
