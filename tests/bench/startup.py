"""How fast commands answer and trials start."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from experiments.declare.ablation import Ablation
from experiments.plan.arms import Trial
from experiments.plan.origin import of_words
from experiments.plan.trials import make_plan
from experiments.run.attempts import take
from experiments.run.launchers.job import Job
from experiments.run.launchers.launcher import Demand, Launcher
from experiments.run.launchers.local import Local
from tests.bench.row import Row
from tests.experiments.tiny import fit

SHORT = ("--trainer.max_epochs=1", "--trainer.limit_train_batches=1", "--trainer.limit_val_batches=1")


def rows() -> Iterator[Row]:
    """Commands that import no torch, planning, and a trial's start in the runner and on its own."""
    for words in (["--help"], ["plan", "quickstart"]):
        seconds = min(_command(words) for _ in range(5))
        yield Row(f"trickbench {' '.join(words)} (s)", [seconds], None, 0.3)
    yield Row("planning 10,000 trials (s)", [_planning()], None, 2)
    with tempfile.TemporaryDirectory() as folder:
        first, later = in_runner(Path(folder), Local(Demand(), jobs=1))
        alone = min(_command(fit(Path(folder) / f"alone-{i}", words=SHORT)) for i in range(3))
    yield Row("a one-step trial: first in the runner, beside on its own (s)", [first], [alone])
    yield Row("a one-step trial: later in the runner, beside on its own (s)", [later], [alone])
    yield Row("a one-step trial: later in the runner (s)", [later], None, 1)


def _command(words: list[str]) -> float:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    started = time.perf_counter()
    subprocess.run([sys.executable, "-m", "experiments", *words], check=True, capture_output=True, env=environment)
    return time.perf_counter() - started


def _planning() -> float:
    ablation = Ablation("many", "digits", ["fpn", "focal", "warmup", "drop_path"], 0.1, list(range(2000)))
    started = time.perf_counter()
    assert len(make_plan(ablation).trials) == 10_000
    return time.perf_counter() - started


def in_runner(folder: Path, launcher: Launcher) -> tuple[float, float]:
    """Seconds of the first one-step trial through a launcher, and the median of the later ones."""
    jobs = []
    for i in range(5):
        place = folder / f"runner-{i}"
        argv = tuple(fit(place, words=SHORT))
        trial = Trial("bench", i, str(place), argv, of_words(argv[1:]), folder / "bench")
        take(trial)
        jobs.append(Job("experiments.run.attempts:attempt", (trial,), place / "log.txt"))
    seconds = []
    for event in launcher.run(jobs, tick=60):
        if event and event[1] is None:
            started = time.perf_counter()
        elif event:
            assert event[1] == 0, (folder / f"runner-{event[0]}" / "log.txt").read_text()
            seconds.append(time.perf_counter() - started)
    return seconds[0], statistics.median(seconds[1:])
