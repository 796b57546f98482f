"""The interval at a look that was not registered, against a Bayes factor by quadrature, and how often it fails."""

import math

import numpy as np
import pytest
from scipy import integrate, stats

from experiments.judge.pairs import join
from experiments.judge.sequence import PRIOR, t_sequence


def pairs(differences):
    return join(dict(enumerate(differences)), dict.fromkeys(range(len(differences)), 0.0), True, 0.0)


@pytest.mark.parametrize(("k", "alpha"), [(3, 0.05), (4, 0.0125), (8, 0.05)])
def test_its_ends_are_the_means_whose_bayes_factor_is_one_over_alpha(k, alpha):
    seen = np.random.default_rng(k).normal(1, 2, k)

    def bayes_factor(mean):
        t = (seen.mean() - mean) / (seen.std(ddof=1) / math.sqrt(k))

        def weighed(effect):
            return stats.nct.pdf(t, k - 1, effect * math.sqrt(k)) * stats.norm.pdf(effect, 0, math.sqrt(PRIOR))

        whole = integrate.quad(weighed, -60, 60, points=[0, t / math.sqrt(k)], limit=200)[0]
        return whole / stats.t.pdf(t, k - 1)

    low, high = t_sequence(pairs(seen), alpha)
    assert [bayes_factor(low), bayes_factor(high)] == pytest.approx([1 / alpha] * 2, rel=1e-6)
    assert low < seen.mean() < high


def test_it_holds_however_one_chooses_when_to_look():
    rng, missed = np.random.default_rng(0), 0
    for _ in range(300):
        seen = rng.normal(size=12)
        ends = [t_sequence(pairs(seen[:k]), 0.2) for k in range(2, 13)]
        missed += any(low > 0 or high < 0 for low, high in ends)
    assert 0.02 <= missed / 300 <= 0.2


@pytest.mark.parametrize(("differences", "alpha"), [([1.0], 0.05), ([1.0, 1.0, 1.0], 0.05), ([1.0, 1.2], 0.001)])
def test_without_spread_or_with_too_few_seeds_it_has_no_bounds(differences, alpha):
    assert all(map(math.isnan, t_sequence(pairs(differences), alpha)))
