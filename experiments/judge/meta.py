"""One effect over several studies: random effects by REML, with the interval of Hartung and Knapp."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from experiments.judge.alphas import ALPHA

Floats = NDArray[np.float64]
MOST = 100_000  # steps to the estimate; a dozen are usual


@dataclass(frozen=True)
class Pooled:
    """What studies say together, each on its own data.

    Args:
        k: Studies.
        effect: Mean of the distribution that the studies' true effects are drawn from.
        se: Its standard error.
        factor: By which Hartung and Knapp multiply its square; 1 counts in the place of a smaller one.
        low: Of its 95 % interval.
        high: Likewise.
        p: Of no effect, two-sided.
        tau2: Variance of the true effects between studies.
        i2: Share of the variance of estimates that lies between studies.
        q: Cochran's Q, on k − 1 degrees of freedom.
        q_p: Of no variance between studies.
        prediction_low: Of the 95 % interval for the true effect in another such study.
        prediction_high: Likewise.
        weights: Of the studies; they add up to 1.
    """

    k: int
    effect: float
    se: float
    factor: float
    low: float
    high: float
    p: float
    tau2: float
    i2: float
    q: float
    q_p: float
    prediction_low: float
    prediction_high: float
    weights: tuple[float, ...]


def pool(effects: Sequence[float], ses: Sequence[float]) -> Pooled:
    """Pool the effects of independent studies.

    The standard error is that of Knapp and Hartung (2003), but never below the one that the variances alone give: two
    studies that agree by chance would else seem to prove anything (Röver, Knapp and Friede 2015, who advise it for few
    studies of unequal precision). Its t has k − 1 degrees of freedom, and so has the prediction interval (IntHout et
    al. 2016).

    Args:
        effects: One of each study.
        ses: Their standard errors, taken as known.

    Raises:
        ValueError: For fewer than two studies, or a standard error that is not above 0.
    """
    y, v = np.array(effects, dtype=np.float64), np.array(ses, dtype=np.float64) ** 2
    if len(y) < 2 or not (v > 0).all():
        raise ValueError(f"pooling takes two or more studies with standard errors above 0, got {list(ses)}")
    df, tau2 = len(y) - 1, _reml(y, v)
    w = 1 / (v + tau2)
    effect = float(w @ y / w.sum())
    factor = float(w @ (y - effect) ** 2) / df
    se = math.sqrt(max(1.0, factor) / float(w.sum()))
    t = -float(special.stdtrit(df, ALPHA / 2))
    beyond = t * math.sqrt(tau2 + se**2)
    q, typical = _q(y, v)
    return Pooled(
        k=len(y),
        effect=effect,
        se=se,
        factor=factor,
        low=effect - t * se,
        high=effect + t * se,
        p=2 * float(special.stdtr(df, -abs(effect) / se)),
        tau2=tau2,
        i2=tau2 / (tau2 + typical),
        q=q,
        q_p=float(special.chdtrc(df, q)),
        prediction_low=effect - beyond,
        prediction_high=effect + beyond,
        weights=tuple((w / w.sum()).tolist()),
    )


def _reml(y: Floats, v: Floats) -> float:
    """The variance between studies at which the restricted likelihood is highest, by its own equation (REML)."""
    tau2 = float(y.var(ddof=1))
    for _ in range(MOST):
        w = 1 / (v + tau2)
        mean = w @ y / w.sum()
        better = max(0.0, float(w**2 @ ((y - mean) ** 2 - v) / (w**2).sum() + 1 / w.sum()))
        if abs(better - tau2) <= 1e-13 * (tau2 + float(v.min())):
            break
        tau2 = better
    return better


def _q(y: Floats, v: Floats) -> tuple[float, float]:
    """Cochran's Q, and the typical variance within a study (Higgins and Thompson 2002, eq. 9)."""
    w = 1 / v
    mean = w @ y / w.sum()
    return float(w @ (y - mean) ** 2), float((len(y) - 1) * w.sum() / (w.sum() ** 2 - (w**2).sum()))
