"""How far an effect is left open by the seeds, and how far by the images of the validation."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from experiments.plan.planned import registered_alphas
from experiments.report.numbers import decimals, fixed
from experiments.results.effects import Effect, list_effects
from experiments.results.study import Study

if TYPE_CHECKING:  # scipy takes half a second
    from experiments.judge.sampling import Sampling

MORE = 4  # times the images, of which it is told what they would spare
MANY = 100  # seeds; beyond, the number itself means nothing


@dataclass(frozen=True)
class Uncertainty:
    """What leaves an effect open.

    Args:
        effect: The effect.
        sampling: Its standard errors, by seeds and by images.
        seeds: Paired seeds.
        images: Images of the validation.
        needed: Seeds that show an effect of `sesoi` at 80 % power on these images; None if a thousand are too few.
        with_more: The same on four times the images.
    """

    effect: Effect
    sampling: Sampling
    seeds: int
    images: int
    needed: int | None
    with_more: int | None

    @property
    def counts(self) -> tuple[str, str]:
        """The seeds needed, in words: on these images, and on four times as many."""
        return _count(self.needed), _count(self.with_more)

    @property
    def sentence(self) -> str:
        """What more images would spare."""
        here, there = self.counts
        if here == there:
            return f"to show an effect of sesoi takes {here} seeds, and as many with four times the images"
        return f"with four times the images you would need {there} seeds to show an effect of sesoi, not {here}"


def uncertainties(study: Study) -> list[Uncertainty]:
    """That of each effect of which the trials have left the images, from two seeds on."""
    if not study.images:
        return []
    judged = [effect for effect in list_effects(study.plan) if effect.name in study.judged and effect.weights]
    found = [_uncertainty(study, e) for e in judged if not study.judged[e.name].placebo]
    return [each for each in found if each]


def _uncertainty(study: Study, effect: Effect) -> Uncertainty | None:
    from experiments.judge.prospect import needed
    from experiments.judge.sampling import split_variance
    from experiments.results.images import resampled

    told, verdict = resampled(study, effect.weights), study.judged[effect.name]
    if told is None or told[0].shape[1] < 2 or not verdict.variance > 0:
        return None
    values, images = told
    found = split_variance(values[0], values[1:])
    alphas, effect_size = registered_alphas(study.plan, study.plan.designs[0]), study.plan.ablation.sesoi
    spreads = [math.sqrt(verdict.variance) * found.spread(times) for times in (1, MORE)]
    seeds = [needed(effect_size / spread, alphas) if spread else 2 for spread in spreads]
    return Uncertainty(effect, found, values.shape[1], images, *seeds)


def lines(study: Study) -> list[str]:
    """A line on each effect, and what its numbers are."""
    places = decimals(study.plan.ablation.sesoi) + 1
    found = [
        f"{each.effect.name}: {each.seeds} seeds ±{fixed(each.sampling.seeds, places)}, "
        f"{each.images} images ±{fixed(each.sampling.images, places)}; {each.sentence}."
        for each in uncertainties(study)
    ]
    note = "Standard errors. The verdicts' intervals hold that of the seeds alone: they are about these images."
    return [*found, note] if found else []


def _count(seeds: int | None) -> str:
    return f"over {MANY}" if seeds is None or seeds > MANY else str(seeds)
