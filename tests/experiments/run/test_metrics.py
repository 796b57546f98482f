"""The check before the first run: a metric that no trial would record is found there, not after all the training."""

import json
from pathlib import Path

import pytest

from experiments.cli import main
from experiments.trial.costs.measure import measure_arm
from tests.experiments import tiny

KEYS = {"baseline": "base.yaml", "tricks": ["focal.yaml"], "sesoi": 0.1, "seeds": 1}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A baseline that validates every second epoch, and a trick."""
    folder = tmp_path_factory.mktemp("metrics")
    seldom = tiny.BASELINE | {"trainer": {"max_epochs": 2, "check_val_every_n_epoch": 2}}
    tiny.write(folder, "base.yaml", seldom)
    tiny.write(folder, "focal.yaml", tiny.model(loss={"class_path": "Focal"}))
    return folder


def refused(folder: Path, capsys: pytest.CaptureFixture[str], **keys: object) -> str:
    """What `ablate` says of these keys; it trains nothing and registers nothing."""
    tiny.write(folder, "mine.yaml", {**KEYS, **keys})
    assert main(["ablate", str(folder / "mine.yaml"), "--runs", str(folder / "runs")]) == 2
    assert not list(folder.glob("runs/*/baseline"))
    assert not list(folder.glob("runs/*/registration.json"))
    return tiny.complaint(capsys).removeprefix(f"{folder}/mine.yaml: ")


def test_a_misspelt_metric(folder, capsys):
    said = refused(folder, capsys, metric="val/mIoU")
    assert said.startswith("metric: no trial of arm baseline would record 'val/mIoU'; nearest: val/miou")
    target = {"metric": "val/accurracy", "at_least": 0.2}
    said = refused(folder, capsys, target=target)
    assert said.startswith("target: no trial of arm baseline would record 'val/accurracy'; nearest: val/accuracy")
    recorded = json.loads((folder / "runs/mine/cost/focal.json").read_text())["metrics"]
    assert {"train/loss", "val/loss", "val/miou"} <= set(recorded)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (
            {"trainer": {"limit_val_batches": 0}},
            "metric: no trial of arm baseline would record 'val/miou'; there is train/loss",
        ),
        (
            tiny.model(schedule={"class_path": "Plateau", "init_args": {"monitor": "val/mIoU"}}),
            "cannot be built: Plateau: no metric 'val/mIoU' was logged; there are",
        ),
        (
            {"trainer": {"callbacks": [{"class_path": "EarlyStopping", "init_args": {"monitor": "val/mIoU"}}]}},
            "conditioned on metric `val/mIoU` which is not available",
        ),
        (
            {"trainer": {"strategy": "ddp_spawn"}},
            "must start processes by the command line, as ddp does, got ddp_spawn",
        ),
    ],
)
def test_nothing_validates_or_something_waits_for_another_metric_or_trials_could_not_start(
    folder, capsys, keys, message
):
    assert message in refused(folder, capsys, set=keys)


def test_a_callback_that_insists_on_a_logger_is_measured_with_one(tmp_path):
    monitor = {"trainer": {"logger": {"class_path": "CSVLogger", "init_args": {"save_dir": str(tmp_path / "logs")}}}}
    monitor["trainer"]["callbacks+"] = [{"class_path": "LearningRateMonitor"}]
    out = tmp_path / "cost.json"
    assert measure_arm(tiny.fit(tmp_path / "trial", monitor), {}, out) == 0
    assert json.loads(out.read_text())["seconds_per_step"] > 0
    assert not (tmp_path / "logs").exists()
