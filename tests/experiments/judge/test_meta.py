"""Pooling gives the published figures, and the most likely variance between studies."""

import math

import numpy as np
import pytest

from experiments.judge.meta import pool

# Cases and others with the vaccine, and without: 13 trials of BCG (Colditz et al. 1994, `dat.bcg` of metafor).
BCG = [
    (4, 119, 11, 128),
    (6, 300, 29, 274),
    (3, 228, 11, 209),
    (62, 13536, 248, 12619),
    (33, 5036, 47, 5761),
    (180, 1361, 372, 1079),
    (8, 2537, 10, 619),
    (505, 87886, 499, 87892),
    (29, 7470, 45, 7232),
    (17, 1699, 65, 1600),
    (186, 50448, 141, 27197),
    (5, 2493, 3, 2338),
    (27, 16886, 29, 17825),
]
# Mass fraction of nickel in bovine liver, mg/kg, by 17 laboratories, with their uncertainties (CCQM-K145).
NICKEL = [1.93, 1.94, 1.942, 1.958, 1.984, 1.993, 2.01, 2.02, 2.022, 2.05, 2.055, 2.07, 2.077, 2.08, 2.131, 2.15, 2.18]
U = [0.11, 0.064, 0.092, 0.075, 0.02, 0.033, 0.06, 0.05, 0.023, 0.02, 0.052, 0.05, 0.035, 0.059, 0.042, 0.03, 0.08]


def test_it_gives_the_published_figures_of_the_bcg_trials():
    """Those of `rma` on log relative risks: τ², I², Q and the estimate as metafor's documentation prints them."""
    effects = [math.log(a / (a + b)) - math.log(c / (c + d)) for a, b, c, d in BCG]
    ses = [math.sqrt(1 / a - 1 / (a + b) + 1 / c - 1 / (c + d)) for a, b, c, d in BCG]
    found = pool(effects, ses)
    assert round(found.tau2, 4) == 0.3132
    assert round(found.effect, 4) == -0.7145
    assert round(100 * found.i2, 2) == 92.22
    assert round(found.q, 4) == 152.2330
    assert found.q_p < 1e-4
    assert [round(end, 4) for end in (found.low, found.high)] == [-1.1084, -0.3206]  # as with test="knha"
    assert found.factor > 1
    assert found.prediction_low < found.low < found.high < found.prediction_high
    assert sum(found.weights) == pytest.approx(1)


def test_it_gives_the_published_figures_of_the_nickel_laboratories():
    """`rma(…, method="REML", test="knha")` as printed in NIST's worked examples of measurement uncertainty."""
    found = pool(NICKEL, U)
    assert round(math.sqrt(found.tau2), 4) == 0.0463
    assert round(found.q, 4) == 40.1205
    assert round(found.q_p, 4) == 0.0007
    assert found.factor < 1  # they agree better than their uncertainties would have it, which is not counted here
    se = found.se * math.sqrt(found.factor)
    half = (found.high - found.low) / 2 * math.sqrt(found.factor)
    shown = [round(value, 4) for value in (found.effect, se, found.effect - half, found.effect + half)]
    assert shown == [2.0428, 0.0159, 2.0091, 2.0765]


@pytest.mark.parametrize("seed", range(20))
def test_no_other_variance_is_likelier(seed):
    rng = np.random.default_rng(seed)
    k = int(rng.integers(2, 9))
    ses = rng.uniform(0.2, 2, k)
    y = rng.normal(0, rng.choice([0, 0.5, 3]), k) + rng.normal(0, ses)

    def likelihood(tau2):
        w = 1 / (ses**2 + tau2)
        mean = w @ y / w.sum()
        return np.log(w).sum() - np.log(w.sum()) - w @ (y - mean) ** 2

    found = pool(y, ses).tau2
    assert likelihood(found) >= max(map(likelihood, [0, *np.geomspace(1e-6, 100, 400)])) - 1e-9


def test_scale_does_not_matter_and_equal_studies_are_not_surer_than_their_variances():
    one, other = pool([1, 2, 4], [0.5, 0.6, 0.3]), pool([1e-3, 2e-3, 4e-3], [0.5e-3, 0.6e-3, 0.3e-3])
    assert other.effect == pytest.approx(one.effect * 1e-3)
    assert other.tau2 == pytest.approx(one.tau2 * 1e-6)
    assert (other.p, other.i2, other.q) == pytest.approx((one.p, one.i2, one.q))
    same = pool([1, 1, 1], [0.3, 0.3, 0.3])
    assert (same.tau2, same.q, same.i2) == (0, 0, 0)
    assert same.se == pytest.approx(0.3 / math.sqrt(3))


@pytest.mark.parametrize(("effects", "ses"), [([1], [1]), ([1, 2], [1, 0]), ([1, 2], [1, math.nan])])
def test_what_cannot_be_pooled_is_refused(effects, ses):
    with pytest.raises(ValueError, match="two or more studies"):
        pool(effects, ses)
