"""Loggers are looked at before the first trial."""

import pytest

from experiments.cli import main
from experiments.run import tracked
from tests.experiments import tiny

PLACES = [{"class_path": "MLFlowLogger"}, "lightning.pytorch.loggers.MLFlowLogger", ["MLFlowLogger"]]


@pytest.mark.parametrize("logger", PLACES, ids=["a class", "a path", "a list"])
def test_a_logger_whose_package_is_missing_is_refused_before_anything_is_registered(
    tmp_path, monkeypatch, capsys, logger
):
    monkeypatch.chdir(tmp_path)
    base = tiny.write(tmp_path, "base.yaml", tiny.BASELINE)
    trick = tiny.write(tmp_path, "hot.yaml", tiny.model(optimizer={"init_args": {"lr": 1.0}}))
    keys = {"baseline": base, "tricks": [trick], "seeds": 1, "sesoi": 0.1, "set": {"trainer": {"logger": logger}}}
    tiny.write(tmp_path, "m.yaml", keys)
    monkeypatch.setattr(tracked, "find_spec", lambda package: None)
    assert main(["ablate", "m.yaml"]) == 2
    wanted = "baseline: MLFlowLogger needs mlflow, which is missing: pip install 'trickbench[mlflow]'"
    assert tiny.complaint(capsys) == wanted
    assert not (tmp_path / "runs").exists()
