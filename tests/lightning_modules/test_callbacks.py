"""What callbacks refuse."""

import pytest

from lightning_modules.callbacks import EMA, SWA, GradientMonitor, L1Penalty, L1Proximal, L2Penalty, Lookahead
from tests.lightning_modules.fits import fit

NO_TWO_ENDS = "on there are no two ends of epochs, of 4 steps each, to average; start earlier or train longer"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: EMA(decay=1), r"EMA: decay must lie in \[0, 1\), got 1"),
        (lambda: EMA(batches=0), "EMA: batches must be at least 1, got 0"),
        (lambda: SWA(start=1), r"SWA: start must lie in \[0, 1\), got 1"),
        (
            lambda: fit(SWA(start=0.9)),
            f"SWA: from 0.9 of 8 steps {NO_TWO_ENDS}",
        ),
        (
            lambda: fit(SWA(start=0.5), max_epochs=-1, max_steps=7),
            f"SWA: from 0.5 of 7 steps {NO_TWO_ENDS}",
        ),
        (lambda: fit(EMA(), SWA()), "EMA: only one average can be validated; leave one out"),
        (lambda: L1Penalty(0), "L1Penalty: strength must be positive, got 0"),
        (lambda: L2Penalty(-1), "L2Penalty: strength must be positive, got -1"),
        (lambda: L1Proximal(0), "L1Proximal: strength must be positive, got 0"),
        (lambda: Lookahead(alpha=1), r"Lookahead: alpha must lie in \(0, 1\), got 1"),
        (lambda: Lookahead(k=1), "Lookahead: k must be at least 2, got 1"),
        (lambda: GradientMonitor(every=0), "GradientMonitor: every must be at least 1, got 0"),
        (lambda: GradientMonitor(low=1, high=1), "bounds must be 0 < low < high, got low=1 and high=1"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(make, message):
    with pytest.raises(ValueError, match=f"{message}$"):
        make()
