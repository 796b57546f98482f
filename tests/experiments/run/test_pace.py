"""Rates and the time left, from a ledger."""

import pytest

from experiments.folder import State
from experiments.run import pace
from tests.experiments.plan.test_plan import ablation, write  # noqa: F401  (a fixture)


def told(*lines):
    keys = ("time", "arm", "seed", "event")
    return pace.pace_of(dict(zip(keys, line, strict=True)) for line in lines)


def test_pauses_count_in_no_rate_and_a_kill_leaves_no_end():
    seen = told(
        (0, "a", 0, "launched"),
        (0, "b", 0, "launched"),
        (100, "a", 0, "done"),
        (100, "b", 0, "diverged"),
        (110, "a", 1, "launched"),  # killed here
        (9000, "a", 1, "launched"),
        (9100, "a", 1, "failed"),
        (9100, "b", 1, "launched"),
    )
    assert seen.hourly == 3600 * 2 / 200
    assert seen.at_once == pytest.approx(1.5)
    assert seen.since == {("b", 1): 9100}


def test_the_time_left_is_that_of_what_is_open_as_many_at_a_time_as_run(ablation):  # noqa: F811
    planned = ablation(seeds=[0, 1])
    seen = told((0, "baseline", 0, "launched"), (60, "baseline", 0, "done"), (60, "baseline", 1, "launched"))
    states = [State.DONE, State.RUNNING, *[State.OPEN] * (len(planned.trials) - 2)]
    left = pace.seconds_left(planned, list(zip(planned.trials, states, strict=True)), seen, 80.0)
    assert left == 40 + 60 * (len(planned.trials) - 2)
    assert pace.seconds_left(planned, [], told(), 0.0) is None


@pytest.mark.parametrize(("seconds", "said"), [(0.2, "1 s"), (59, "59 s"), (60, "1.0 min"), (5400, "1.5 h")])
def test_a_length_of_time_has_the_unit_that_suits_it(seconds, said):
    assert pace.length(seconds) == said
