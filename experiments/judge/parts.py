"""An effect by parts of what was measured: where it comes from, as a hint and not as a verdict."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import special

from experiments.judge.alphas import ALPHA
from experiments.judge.estimate import paired
from experiments.judge.pairs import Floats, Pairs

Part = tuple[str, str]
ByPart = Mapping[Part, Floats]
"""Part, which is a family and a name in it → an effect there, seed by seed, more is better."""


@dataclass(frozen=True)
class Gain:
    """An effect in one part, and how much of it the others of its family lack; NaN where nothing can be estimated.

    Args:
        mean: Over the seeds.
        low: Of its interval.
        high: The same.
        beyond: The mean minus that of the others of its family, seed by seed.
        beyond_low: Of its interval.
        beyond_high: The same.
    """

    mean: float
    low: float
    high: float
    beyond: float
    beyond_low: float
    beyond_high: float

    @property
    def clear(self) -> bool:
        """Whether there is an effect, and a larger one than in the other parts, beyond chance and in one direction."""
        shown = (self.low > 0 and self.beyond_low > 0) or (self.high < 0 and self.beyond_high < 0)
        return shown and abs(self.mean) >= abs(self.mean - self.beyond)


def gains(effects: Mapping[str, ByPart]) -> dict[str, dict[Part, Gain]]:
    """Each effect in each part.

    Intervals are paired t, with the spread of the same part in other arms beside an arm's own (`spread.half_pooled`),
    each at 5 % over the number of parts: of effects whose parts all gain alike, one in twenty shows one that leads.

    Args:
        effects: By name; all under one condition.

    Shape:
        (seeds,) each
    """
    means = _estimated(effects)
    beyond = _estimated({name: contrasts(own) for name, own in effects.items()})
    none = (math.nan,) * 3
    return {
        name: {part: Gain(*means[name][part], *beyond[name].get(part, none)) for part in own}
        for name, own in effects.items()
    }


def contrasts(own: ByPart) -> dict[Part, Floats]:
    """Each part minus the mean of the others of its family; a part that is alone in its family has none."""
    families: dict[str, list[Part]] = {}
    for part in own:
        families.setdefault(part[0], []).append(part)
    found = {}
    for members in families.values():
        for part in members if len(members) > 1 else ():
            found[part] = own[part] - np.mean([own[other] for other in members if other != part], 0)
    return found


def named(found: Mapping[Part, Gain]) -> Part | None:
    """The part that stands out most of those that do so clearly; None if none does."""
    clear = [part for part, gain in found.items() if gain.clear]
    return max(clear, key=lambda part: abs(found[part].beyond), default=None)


def _estimated(effects: Mapping[str, ByPart]) -> dict[str, dict[Part, tuple[float, float, float]]]:
    """Mean and interval of each effect in each part."""
    runs = {name: {part: _pairs(values) for part, values in own.items()} for name, own in effects.items()}
    found: dict[str, dict[Part, tuple[float, float, float]]] = {name: {} for name in runs}
    for name, own in runs.items():
        for part, pairs in own.items():
            others = [theirs[part] for other, theirs in runs.items() if other != name and part in theirs]
            estimate, level = paired(pairs, others), ALPHA / len(own)
            half = -estimate.se * float(special.stdtrit(estimate.df, level / 2)) if estimate.df else math.nan
            found[name][part] = estimate.effect, estimate.effect - half, estimate.effect + half
    return found


def _pairs(values: Floats) -> Pairs:
    sound = np.zeros(len(values), np.bool_)
    return Pairs(tuple(range(len(values))), values, np.zeros(len(values)), sound, sound)
