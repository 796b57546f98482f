"""How a Lightning command is called: configs by name, and its help."""

import pytest
import yaml

from experiments.trial import train
from tests.experiments.tiny import complaint


def test_a_fit_finds_a_baseline_and_a_trick_by_name(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match="0"):
        train.main(["fit", "--config", "digits", "--config", "fpn", "--print_config"])
    config = yaml.safe_load(capsys.readouterr().out)
    assert config["model"]["init_args"]["fusion"]["class_path"] == "lightning_modules.pyramid.FPN"
    assert config["about"]["holds_when"] == "many sizes"
    assert train.main(["fit", "--config", "digits", "--config=fnp"]) == 2
    assert complaint(capsys).endswith("'fnp'; nearest: fpn, fpa, fcn")


def test_the_help_of_a_fit_says_how_it_is_called_and_keeps_the_trainer_for_the_end(capsys):
    with pytest.raises(SystemExit, match="0"):
        train.main(["fit", "--help"])
    told = capsys.readouterr().out
    assert told.startswith("usage: trickbench fit --config CONFIG")
    titles = [line for line in told.splitlines() if line.endswith(":") and not line.startswith(" ")]
    assert titles == ["options:", "model:", "data:", "checkpoint:", "Lightning's trainer:"]
