"""What an ablation can show, against statsmodels and against simulated verdicts."""

import numpy as np
import pytest
from statsmodels.stats.power import TTestPower

from experiments.judge.alphas import Alphas
from experiments.judge.prospect import look_ahead
from experiments.judge.verdicts import judge_arms


@pytest.mark.parametrize("seeds", [3, 5, 8, 30])
@pytest.mark.parametrize("alphas", [Alphas(1), Alphas(2), Alphas(2, (3, 5, 8))])
def test_with_one_or_two_tricks_it_is_the_power_of_a_paired_t(seeds, alphas):
    found = look_ahead(0.02, 0.03, seeds, alphas)
    theirs = TTestPower()
    assert theirs.power(found.smallest / 0.02, seeds, alphas.last / 2, alternative="larger") == pytest.approx(0.8)
    assert found.chance == pytest.approx(theirs.power(1.5, seeds, alphas.last / 2, alternative="larger"))
    below, enough = (
        theirs.power(1.5, k, alphas.last / 2, alternative="larger") for k in (found.needed - 1, found.needed)
    )
    assert below < 0.8 <= enough


@pytest.mark.parametrize("tricks", [4, 8])
def test_the_chance_is_that_of_verdicts(tricks):
    rng, repetitions = np.random.default_rng(0), 300
    found = look_ahead(np.sqrt(2), 2.5, 5, Alphas(tricks))
    helped = 0
    for _ in range(repetitions):
        drawn = rng.normal(size=(tricks + 1, 5)) + np.array([0.0, *[2.5] * tricks])[:, None]
        scores = {f"t{i}": dict(enumerate(row)) for i, row in enumerate(drawn.tolist())}
        verdicts = judge_arms(scores, baseline="t0", sesoi=0.5, higher_is_better=True)
        helped += sum(verdict.verdict.startswith("helps") for verdict in verdicts)
    assert helped / repetitions / tricks == pytest.approx(found.chance, abs=0.06)


def test_what_no_thousand_seeds_show_has_no_number():
    assert look_ahead(1.0, 0.01, 5, Alphas(4)).needed is None


@pytest.mark.parametrize(("sd", "seeds", "message"), [(0.0, 5, "spread .* above 0, got 0"), (1.0, 1, "from 2 seeds")])
def test_nothing_can_be_said_without_spread_or_pairs(sd, seeds, message):
    with pytest.raises(ValueError, match=message):
        look_ahead(sd, 0.1, seeds, Alphas(1))
