"""MLflow's logger in an ablation's trials: one line of YAML, every row, under the trial's name."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.experiments import tiny
from tests.experiments.trial.test_loggers import recorded

pytest.importorskip("mlflow", reason="mlflow is not installed: pip install 'trickbench[mlflow]'")
pytest.importorskip("sqlalchemy", reason="mlflow-skinny alone writes to a server only")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of SQLAlchemy's, by MLflow's own client
def test_every_trial_has_a_run_with_its_rows_its_name_and_its_tags(tmp_path: Path) -> None:
    from mlflow import MlflowClient

    store = f"sqlite:///{tmp_path}/mlflow.db"
    logger = {"class_path": "MLFlowLogger", "init_args": {"experiment_name": "tricks", "tracking_uri": store}}
    base = tiny.write(tmp_path, "base.yaml", tiny.BASELINE)
    trick = tiny.write(tmp_path, "hot.yaml", tiny.model(optimizer={"init_args": {"lr": 0.1}}))
    keys = {"seeds": 1, "sesoi": 0.01, "set": {"trainer": {"logger": [logger]}}}
    tiny.write(tmp_path, "matrix.yaml", {"baseline": base, "tricks": [trick], **keys})
    own = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[3]), *sys.path])}
    done = subprocess.run(
        [sys.executable, "-m", "experiments", "ablate", "matrix.yaml", "--jobs", "1"],
        cwd=tmp_path,
        env=own,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    client = MlflowClient(store)
    found = client.search_runs([client.get_experiment_by_name("tricks").experiment_id])
    runs = {run.info.run_name: run for run in found}
    assert runs.keys() == {"baseline/seed-0", "hot/seed-0"}
    for name, run in runs.items():
        assert run.info.status == "FINISHED"
        assert {"ablation": "matrix", "arm": name.split("/")[0], "seed": "0"}.items() <= run.data.tags.items()
        record = recorded(tmp_path / "runs/matrix" / name)
        for metric in {metric for _, metric in record}:
            history = [each.value for each in client.get_metric_history(run.info.run_id, metric)]
            assert history == [value for (_, logged), value in sorted(record.items()) if logged == metric]
