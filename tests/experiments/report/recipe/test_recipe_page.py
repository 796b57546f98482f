"""What the page says of the recipe."""

import re
from pathlib import Path

import pytest
import yaml

from experiments import cli
from experiments.declare import configs
from experiments.judge import curse
from experiments.report.page import render
from tests.experiments import conftest
from tests.experiments.pages import find, read, text

FPN, FOCAL = "fpn.yaml", "focal.yaml"


def test_the_page_shows_what_to_switch_on_and_how_to_get_it(make, capsys):
    study = make(planted={"focal": 0.03}, tricks=[[FPN, FOCAL], "large_lr.yaml", "drop_path.yaml"])
    root = read(render(study))
    section = find(root, "section", id="recipe")[0]
    shown, titles = text(section), [conftest.TRICKS[trick][0] for trick in ("fpn", "large_lr")]
    assert f"Switch on {' + '.join(titles)} . They help" in shown
    assert f"Left out although on the whole it helps: {conftest.TRICKS['focal'][0]} (" in shown
    commands, layer = ("".join(each.itertext()) for each in find(section, "pre"))
    assert commands.splitlines()[1:] == [
        "trickbench recipe camvid-tricks.yaml --confirm",
        "trickbench fit --config camvid-fcn.yaml --config recipe.yaml",
    ]
    _, *words = commands.splitlines()[0].split()
    assert cli.main(words) == 0
    forecast = re.search(r"Forecast of their gain in val/miou: (\+[.\d]+)", capsys.readouterr().out)[1]
    assert forecast in shown
    assert f"To switch on : {' + '.join(titles)} , with a forecast of {forecast} together" in text(root)
    assert yaml.safe_load(layer) == configs.read_yaml(Path("recipe.yaml"))


@pytest.mark.parametrize(
    ("settings", "said", "command"),
    [
        ({"keep": lambda trial: trial.seed == 0}, "There is none yet: 18 of 24 trials are not finished", True),
        ({"planted": {FPN[:-5]: 0.0}, "tricks": [FPN, "warmup.yaml"]}, "the baseline is the recipe", True),
        ({"conditions": {"a": {}, "b": {"trainer": {"max_epochs": 7}}}}, "it has conditions (a, b)", False),
    ],
    ids=["unfinished", "nothing helps", "conditions"],
)
def test_without_a_recipe_the_page_says_why_and_what_would_write_one(make, settings, said, command):
    study = make(placebo=False, **settings)
    section = find(read(render(study)), "section", id="recipe")[0]
    assert said in text(section)
    assert ["".join(each.itertext()) for each in find(section, "pre")] == (
        ["trickbench recipe camvid-tricks.yaml"] if command else []
    )


def test_where_nothing_can_be_forecast_the_page_promises_nothing(make, monkeypatch):
    monkeypatch.setattr(curse, "forecast", lambda *numbers: 0.0)
    root = read(render(make(tricks=[FPN])))
    assert "; how much of the gain to expect is for fresh seeds to tell." in text(
        find(root, "div", class_="summary")[0]
    )
    assert "with a forecast of" not in text(root)
    assert "half of those that do would look as good as this one" in text(find(root, "section", id="recipe")[0])
