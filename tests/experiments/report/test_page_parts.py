"""Numbers as text, and values as places."""

import math

import numpy as np
import pytest

from experiments.draw.labels import spread
from experiments.draw.scale import Scale, limits
from experiments.report.numbers import (
    count,
    decimals,
    fixed,
    interval,
    mebibytes,
    p_value,
    percent,
    ratio,
    seconds,
    signed,
)
from experiments.report.page.tradeoff import GAP, pareto

NAN = math.nan


@pytest.mark.parametrize(
    ("shown", "wanted"),
    [
        (signed(0.0123, 3), "+0.012"),
        (signed(-0.0123, 3), "−0.012"),
        (signed(-0.0001, 3), "0.000"),
        (signed(NAN, 3), "–"),
        (fixed(1234.5, 1), "1,234.5"),
        (interval(-0.01, 0.2, 2), "[−0.01, +0.20]"),
        (interval(0.0004, 0.2, 2), "[+0.00, +0.20]"),
        (interval(-0.2, -0.0004, 2), "[−0.20, −0.00]"),
        (interval(0.0, 0.2, 2), "[0.00, +0.20]"),
        (interval(NAN, 0.2, 2), "–"),
        (p_value(0.02749), "0.027"),
        (p_value(0.00066), "0.0007"),
        (p_value(0.00001), "< 0.0001"),
        (p_value(0.0), "< 0.0001"),
        (p_value(1.0), "1.00"),
        (percent(0.994), "> 99 %"),
        (percent(0.0), "< 1 %"),
        (percent(0.425), "42 %"),
        (ratio(1.5999), "1.60×"),
        (ratio(None), "–"),
        (count(73_291), "73.3 k"),
        (count(999_600), "1.00 M"),
        (count(182_400_000), "182 M"),
        (count(2.1e9), "2.10 G"),
        (count(512), "512"),
        (seconds(0.0412), "41.2 ms"),
        (seconds(0.00004), "0.0400 ms"),
        (seconds(1.234), "1.23 s"),
        (mebibytes(411.4), "411 MiB"),
        (mebibytes(3277), "3.20 GiB"),
        (mebibytes(0.0), "0 MiB"),
    ],
)
def test_numbers_as_text(shown: str, wanted: str) -> None:
    assert shown == wanted


@pytest.mark.parametrize(("sesoi", "places"), [(0.4, 2), (0.01, 3), (0.005, 4), (1, 1), (25, 0)])
def test_decimals_show_a_tenth_of_what_matters(sesoi: float, places: int) -> None:
    assert decimals(sesoi) == places


def test_a_scale_is_affine_and_clips_at_its_ends() -> None:
    scale = Scale(-1.0, 3.0, 100.0, 0.0)
    assert [scale(-1.0), scale(1.0), scale(3.0), scale(5.0)] == [100, 50, 0, -50]
    assert [scale.clip(-9.0), scale.clip(5.0)] == [100, 0]
    assert 3.0 in scale
    assert 3.1 not in scale


@pytest.mark.parametrize("span", [0.0007, 0.013, 0.1, 0.99, 4, 60, 2300])
def test_ticks_are_round_even_and_few(span: float) -> None:
    scale = Scale(-0.31 * span, 0.69 * span)
    ticks = scale.ticks()
    values = [value for value, _ in ticks]
    assert 2 <= len(values) <= 7
    assert 0 in values
    assert all(value in scale for value in values)
    assert np.ptp(np.diff(values)) < 1e-9 * span
    assert [float(text.replace("−", "-")) for _, text in ticks] == pytest.approx(values)


def test_limits_hold_all_that_must_be_shown_and_cut_what_is_far_off() -> None:
    low, high = limits([0.0, 1.0], [-0.5, 400.0, NAN])
    assert low < -0.5
    assert 2.0 < high < 2.2
    assert limits([0.3]) == pytest.approx((0.26, 0.34))  # one value still has an extent


def test_names_in_the_margin_never_overlap_and_keep_their_order() -> None:
    wished = [300.0, 10.0, 11.0, 12.0, 305.0]
    places = spread(wished, 320.0, GAP)
    assert np.diff(np.sort(places)).min() >= GAP
    assert min(places) >= 0
    assert max(places) <= 320
    assert np.argsort(places, kind="stable").tolist() == np.argsort(wished, kind="stable").tolist()
    assert spread([50.0, 200.0], 320.0, GAP) == [50.0, 200.0]


def test_the_pareto_front_is_what_nothing_beats_in_both() -> None:
    points = [(1.0, 0.0), (1.2, 0.03), (1.1, -0.01), (1.5, 0.02), (1.6, 0.05), (0.9, -0.02), (1.2, 0.01)]
    assert pareto(points) == [(0.9, -0.02), (1.0, 0.0), (1.2, 0.03), (1.6, 0.05)]
