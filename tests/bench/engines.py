"""Short trials through `ablate`, beside Ray Tune and its reused actors; and their start through Ray.

`ray.tune` needs `pip install 'ray[tune]'` besides Ray; without it its lines are left out.
"""

import importlib.util
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from experiments.declare.ablation import read_ablation
from experiments.plan.trials import make_plan
from experiments.run.launchers.launcher import Demand
from experiments.run.launchers.ray import Ray
from tests.bench.matrix import short
from tests.bench.row import Row
from tests.bench.startup import in_runner
from tests.bench.watched import watch

AT_ONCE = 2


def rows() -> Iterator[Row]:
    """CPU time and memory of 24 trials, two at a time, with all processes; and the start of one through Ray."""
    environment = {**os.environ, "RAY_AUTH_MODE": "disabled", "RAY_USAGE_STATS_ENABLED": "0", "OMP_NUM_THREADS": "1"}
    if importlib.util.find_spec("pyarrow") and importlib.util.find_spec("ray"):
        with tempfile.TemporaryDirectory() as name:
            file, runs = str(short(Path(name), seeds=12)), str(Path(name) / "runs")
            command = ["experiments", "ablate", file, "--runs", runs, "--jobs", str(AT_ONCE)]
            ours = watch([sys.executable, "-m", *command], environment)
            theirs = watch([sys.executable, "-m", __name__, file, str(Path(name) / "tune")], environment)
        yield Row("24 short trials: CPU of ablate beside Ray Tune (s)", [ours.cpu], [theirs.cpu], 0.85)
        yield Row("24 short trials: memory of ablate beside Ray Tune (MiB)", [ours.mib], [theirs.mib], 0.5)
        yield Row("24 short trials: ablate beside Ray Tune (s)", [ours.seconds], [theirs.seconds])
    if importlib.util.find_spec("ray"):
        with tempfile.TemporaryDirectory() as name:
            made = Ray(Demand(folder=Path(name)), jobs=1)
            made.check()
            _, later = in_runner(Path(name), made)
        yield Row("a one-step trial through Ray, after the first (s)", [later], None, 1.5)


def tune(file: str, folder: str) -> None:
    """Train an ablation's trials as Ray Tune does the same function's."""
    from ray import tune

    planned = make_plan(read_ablation(file), Path(folder))
    words = tune.grid_search([list(trial.argv) for trial in planned.trials])
    options = tune.TuneConfig(max_concurrent_trials=AT_ONCE, reuse_actors=True)
    kept = tune.CheckpointConfig(checkpoint_at_end=False)  # the trials write their own
    where = tune.RunConfig(storage_path=folder, verbose=0, checkpoint_config=kept)
    found = tune.Tuner(_actor(), param_space={"words": words}, tune_config=options, run_config=where).fit()
    assert len(found) == len(planned.trials)
    assert not found.errors, found.errors


def _actor() -> type:
    """An actor that trains a trial in each step; a class, since functions of Tune's run in threads, without signals."""
    from ray.tune import Trainable

    class Actor(Trainable):  # type: ignore[misc]
        def setup(self, config: dict[str, list[str]]) -> None:
            self.words = config["words"]

        def reset_config(self, new_config: dict[str, list[str]]) -> bool:
            self.setup(new_config)
            return True

        def step(self) -> dict[str, float | bool]:
            from experiments.trial import train

            assert train.main(self.words) == 0
            return {"code": 0.0, "done": True}

    return Actor


if __name__ == "__main__":
    tune(*sys.argv[1:])
