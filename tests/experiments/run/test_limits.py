"""When no more trials start: budgets and signals."""

import os
import signal

import pytest

from experiments.run.limits import INTERRUPTED, Limits
from tests.experiments.plan.test_plan import ablation, write  # noqa: F401  (a fixture)


@pytest.fixture
def trials(ablation):  # noqa: F811
    return ablation(seeds=[0, 1]).trials


def test_no_more_trials_start_than_these(trials):
    limits = Limits(None, 2, {})
    assert [limits.allow(trial) for trial in trials[:4]] == [True, True, False, False]
    assert limits.reason == "max-trials 2"


def test_no_trial_starts_that_would_end_too_late(trials):
    assert Limits(2, None, {trials[0].arm: 7100}).allow(trials[0])
    limits = Limits(2, None, {trials[0].arm: 7201})
    assert not limits.allow(trials[0])
    assert limits.reason == "max-hours 2"


def test_the_first_ctrl_c_starts_no_more_and_the_second_stops(trials):
    limits = Limits(None, None, {})
    before = signal.getsignal(signal.SIGINT)
    with limits.heeding_signals():
        assert limits.allow(trials[0])
        os.kill(os.getpid(), signal.SIGINT)
        assert not limits.allow(trials[0])
        assert limits.reason == INTERRUPTED
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


def test_term_stops_at_once():
    with pytest.raises(KeyboardInterrupt), Limits(None, None, {}).heeding_signals():
        os.kill(os.getpid(), signal.SIGTERM)
