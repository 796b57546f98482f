"""Why a trick helps or hurts: which parts of the validation gain and which lose."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from experiments.report.numbers import interval, signed
from experiments.results.effects import Effect, effects
from experiments.results.study import Study

if TYPE_CHECKING:  # scipy takes half a second
    from experiments.images.parts import Part
    from experiments.judge.parts import Gain

PLACES = 3  # decimals: whatever the metric is, parts score from 0 to 1
NOUNS = {
    ("size", "small"): "small objects",
    ("size", "medium"): "medium objects",
    ("size", "large"): "large objects",
    ("place", "boundaries"): "boundaries",
    ("error", "class"): "wrong classes",
    ("error", "place"): "boxes out of place",
    ("error", "both"): "boxes of wrong class and place",
    ("error", "duplicate"): "duplicates",
    ("error", "background"): "detections of nothing",
    ("error", "missed"): "missed objects",
}


@dataclass(frozen=True)
class Why:
    """Where an effect comes from.

    Args:
        effect: The effect.
        gains: What it is in each part.
        part: The part that stands out clearly, and most; None if none does.
    """

    effect: Effect
    gains: Mapping[Part, Gain]
    part: Part | None

    def sentence(self, form: Callable[[str], str] = str) -> str:
        """Which part stands out, and by how much; empty if none does."""
        if self.part is None:
            return ""
        gain, (family, name) = self.gains[self.part], self.part
        verbs = ("cost less", "cost more") if family == "error" else ("gain", "lose")
        what = f"class {form(name)}" if family == "class" else NOUNS[self.part]
        verb = verbs[gain.mean < 0] + "s" * (family == "class")
        rest = "everywhere" if family == "place" else "the others"
        return (
            f"it is {what} that {verb}: {signed(gain.mean, PLACES)} {interval(gain.low, gain.high, PLACES)}, "
            f"{rest} {signed(gain.mean - gain.beyond, PLACES)}"
        )


def why(study: Study) -> list[Why]:
    """Where each effect comes from of which the trials have left the images; placebos and single seeds left out."""
    if not study.images:
        return []
    from experiments.judge.parts import gains, named
    from experiments.results.images import by_part

    judged = [effect for effect in effects(study.plan) if effect.name in study.judged and effect.weights]
    found = [(e, by_part(study, e.weights)) for e in judged if not study.judged[e.name].placebo]
    found = [(effect, parts) for effect, parts in found if parts and len(next(iter(parts.values()))) > 1]
    whys = []
    for effect, parts in found:
        beside = [each for other, each in found if other is not effect and other.condition == effect.condition]
        gained = gains(parts, beside)
        told = {part: gain for part, gain in gained.items() if part[0] == "class" or part in NOUNS}
        whys.append(Why(effect, gained, named(told)))
    return whys


def lines(study: Study) -> list[str]:
    """A sentence on each effect of which a part stands out."""
    found = [f"{each.effect.name}{_said(study, each.effect)} {each.sentence()}." for each in why(study) if each.part]
    hint = "Which part stands out are hints, not verdicts; intervals at 5 % over all parts of an effect."
    return [*found, hint] if found else []


def _said(study: Study, effect: Effect) -> str:
    word = study.judged[effect.name].verdict
    return f" {word}, and" if word.startswith(("helps", "hurts")) else f" ({word}):"
