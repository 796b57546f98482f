"""The two sources of an effect's uncertainty: the seeds, and the images that it was measured on."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from experiments.judge.pairs import Floats


@dataclass(frozen=True)
class Sampling:
    """Standard errors of a mean difference over seeds, and what more images would spare.

    Args:
        seeds: Of other seeds on the same images: the one of a verdict.
        images: Of other images of the same kind under the same seeds, which no verdict holds.
        shared: Share of the variance over seeds that is the images': on each seed others are hard. It is in both.
    """

    seeds: float
    images: float
    shared: float

    @property
    def both(self) -> float:
        """Of other seeds on other images."""
        return math.sqrt((1 - self.shared) * self.seeds**2 + self.images**2)

    def spread(self, more: float) -> float:
        """The spread of a difference over seeds on so many times the images, as a multiple of what it is."""
        return math.sqrt(1 - self.shared * (1 - 1 / more))


def split_variance(differences: Floats, resampled: Floats) -> Sampling:
    """Take the two sources apart.

    A difference of seed k on n images is δ + s_k + (Σ_i a_i + e_ik) ⁄ n, where s is the seed's, of variance S; a_i the
    image's, of variance A: alike under all seeds; and e_ik what is left, of variance E: on each seed others are hard.
    Over seeds, on the same images, it varies by S + E/n; the mean of K differences by (S + E/n)/K + A/n. To resample
    the images tells A and E: the resampled differences of two seeds covary by A/n, those of one vary by (A + E)/n. So

        seeds² = s²/K,   images² = (A + E/K)/n,   shared = (E/n) ⁄ s²,

    with s² the variance of the differences over seeds; on m·n images it is s² · (1 − shared · (1 − 1/m)). `images` is
    the bootstrap of the mean over the seeds.

    Args:
        differences: Seed by seed.
        resampled: The same on resampled images, the same ones for all seeds.

    Raises:
        ValueError: With less than two seeds or samples, which do not vary.

    Shape:
        (K,) and (samples, K)
    """
    k = len(differences)
    if k < 2 or len(resampled) < 2:
        raise ValueError(f"two sources need two seeds and two samples at least, got {k} and {len(resampled)}")
    covariance = np.cov(resampled, rowvar=False)
    own, variance = float(np.trace(covariance)) / k, float(differences.var(ddof=1))
    common = (float(covariance.sum()) - own * k) / (k * (k - 1))
    shared = min(max((own - common) / variance, 0.0), 1.0) if variance > 0 else 0.0
    return Sampling(math.sqrt(variance / k), math.sqrt(max(float(covariance.mean()), 0.0)), shared)
