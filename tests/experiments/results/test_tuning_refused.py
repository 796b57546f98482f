"""Tunings that are not fair, or that an arm does not take, are refused in one line."""

import pytest

from experiments.errors import UserError
from experiments.run.grids import check_grids
from tests.experiments.results.tuned import LR, TUNE, declare, measure


@pytest.mark.parametrize(
    ("tune", "message"),
    [
        (
            {**TUNE, "own": {"adamw": {LR: [0.1, 0.2]}}},
            "every arm gets as many settings: the grid has 3, the own grid of adamw 2",
        ),
        ({**TUNE, "own": {"adamv": TUNE["grid"]}}, "own names 'adamv', which is none of the arms; nearest: adamw"),
        ({"grid": {LR: [0.1, 0.1]}, "seeds": 1}, "lr has the value 0.1 twice"),
        ({"grid": {"seed_everything": [1, 2]}, "seeds": 1}, "tune: seed_everything must not be set"),
        ({**TUNE, "draw": 4}, "draw must be at most the 3 settings of the grid, got 4"),
        ({"grid": {LR: [0.1]}, "seeds": 1}, "tune must be such as"),
        ({"grid": {LR: [0.1, 0.2]}}, "tune must be such as"),
        ({"grid": {LR: [0.1, 0.2]}, "seeds": 0}, "tune must be such as"),
    ],
)
def test_a_tuning_that_is_not_fair_is_refused(tmp_path, tune, message):
    with pytest.raises(UserError, match=message):
        declare(tmp_path, tune=tune)


@pytest.mark.parametrize("keys", [{"placebo": True}, {"conditions": {"a": {"x": 1}, "b": {"x": 2}}}])
def test_what_does_not_go_with_tuning_is_refused(tmp_path, keys):
    with pytest.raises(UserError, match=f"{next(iter(keys))} does not go with tune"):
        declare(tmp_path, **keys)


def test_a_path_is_not_tuned(tmp_path):
    with pytest.raises(UserError, match="design path takes no tune"):
        declare(tmp_path, seeds=None, design="path")


def test_a_grid_that_takes_a_trick_away_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"tune: the setting .*lr: 0.\d+ takes the trick hot away"):
        declare(tmp_path, tricks=["hot.yaml"], tune={"grid": TUNE["grid"], "seeds": 1})


@pytest.mark.parametrize(
    ("grid", "message"),
    [
        ({"model.init_args.optimizer.init_args.rate": [1, 2]}, r"arm baseline has no model\.\S+\.rate; nearest: .*lr"),
        ({LR: [0.1, "fast"]}, r"arm baseline: model\.\S+\.lr must be a number, got 'fast'"),
    ],
)
def test_a_setting_that_an_arm_has_not_is_refused_once_it_was_built(tmp_path, grid, message):
    planned = declare(tmp_path, tune={"grid": grid, "seeds": 1})
    for arm in planned.settled:
        measure(planned, arm.name, 1)
    with pytest.raises(UserError, match=message):
        check_grids(planned)
