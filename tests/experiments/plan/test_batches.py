"""`plan` shows the images of a step where a trial takes several devices."""

from typing import Any

import pytest

from experiments.cli import main
from tests.experiments import tiny

ALIKE = "images a step: 2 devices × 4 images = 8 (rates stay as they are, unless LinearScaling scales them)\n"


@pytest.mark.parametrize(
    ("trainer", "tricks", "said"),
    [
        ({"devices": 2}, {"focal": tiny.model(loss={"class_path": "Focal"})}, ALIKE),
        (
            {"devices": "2", "num_nodes": 3},
            {"often": {"trainer": {"accumulate_grad_batches": 5}}, "few": {"data": {"init_args": {"batch_size": 1}}}},
            "baseline: 6 devices × 4 images = 24; often: 6 devices × 4 images × 5 batches = 120; few: 6 devices × 1 im",
        ),
        ({"devices": 1}, {"one": {"trainer": {"devices": 2}}}, "images a step: one: 2 devices × 4 images = 8 ("),
        ({"devices": 1}, {"focal": tiny.model(loss={"class_path": "Focal"})}, ""),
    ],
)
def test_devices_times_images_times_batches(
    tmp_path: Any, capsys: Any, trainer: dict[str, Any], tricks: dict[str, Any], said: str
) -> None:
    base = tiny.write(tmp_path, "base.yaml", {**tiny.BASELINE, "trainer": {"max_epochs": 1, **trainer}})
    names = [tiny.write(tmp_path, f"{name}.yaml", content) for name, content in tricks.items()]
    file = tiny.write(tmp_path, "mine.yaml", {"baseline": base, "tricks": names, "sesoi": 0.1, "seeds": 1})
    assert main(["plan", file, "--runs", str(tmp_path / "runs")]) == 0
    out = capsys.readouterr().out
    assert said in out
    assert bool(said) == ("images a step" in out)


def test_a_batch_that_only_the_class_knows(tmp_path: Any, capsys: Any) -> None:
    data = {"class_path": "Digits", "init_args": {}}
    base = tiny.write(
        tmp_path, "base.yaml", {**tiny.BASELINE, "data": data, "trainer": {"max_epochs": 1, "devices": 2}}
    )
    focal = tiny.write(tmp_path, "focal.yaml", tiny.model(loss={"class_path": "Focal"}))
    file = tiny.write(tmp_path, "mine.yaml", {"baseline": base, "tricks": [focal], "sesoi": 0.1, "seeds": 1})
    assert main(["plan", file, "--runs", str(tmp_path / "runs")]) == 0
    assert "images a step: 2 devices × batch_size (" in capsys.readouterr().out
