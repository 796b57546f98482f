"""Why a trick helps or hurts: which parts of the validation gain and which lose."""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from experiments.report.numbers import interval, signed
from experiments.report.uncertainty import Uncertainty, uncertainties
from experiments.results import looked_into, recorded
from experiments.results.effects import Effect, list_effects
from experiments.results.study import Study

if TYPE_CHECKING:  # scipy takes half a second
    from experiments.images.parts import Part
    from experiments.judge.pairs import Floats
    from experiments.judge.parts import Gain

KEPT = 0.9  # of the pretrained weights; with less, a trick has lost them
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
        kept: Share of its baseline's pretrained weights that it starts with, where it has lost some; else 1.
    """

    effect: Effect
    gains: Mapping[Part, Gain]
    part: Part | None
    kept: float = 1.0

    def sentence(self) -> str:
        """A loss of pretrained weights, then which part stands out, and by how much; empty if there is neither."""
        lost = f"it starts with {100 * self.kept:.0f} % of its baseline’s pretrained weights" if self.kept < 1 else ""
        return "; ".join(filter(None, [lost, self._stands_out()]))

    def _stands_out(self) -> str:
        if self.part is None:
            return ""
        gain, (family, name) = self.gains[self.part], self.part
        verbs = ("cost less", "cost more") if family == "error" else ("gain", "lose")
        what = f"class {name}" if family == "class" else NOUNS[self.part]
        verb = verbs[gain.mean < 0] + "s" * (family == "class")
        rest = "everywhere" if family == "place" else "the others"
        return (
            f"it is {what} that {verb}: {signed(gain.mean, PLACES)} {interval(gain.low, gain.high, PLACES)}, "
            f"{rest} {signed(gain.mean - gain.beyond, PLACES)}"
        )


def find_causes(study: Study) -> list[Why]:
    """Where each effect comes from, as far as trials tell; placebos left out."""
    judged = [effect for effect in list_effects(study.plan) if effect.name in study.judged and effect.weights]
    told = [effect for effect in judged if not study.judged[effect.name].placebo]
    gained = _gains(study, told)
    found = {effect.name: gained.get(effect.name, {}) for effect in told}
    loaded = functools.cache(lambda arm: recorded.pretrained(recorded.starts(study.results[arm])))
    whys = [Why(effect, found[effect.name], _named(found[effect.name]), _kept(loaded, effect)) for effect in told]
    return [each for each in whys if each.gains or each.kept < 1]


def _gains(study: Study, told: Sequence[Effect]) -> dict[str, dict[Part, Gain]]:
    """Those of effects whose trials have left their images, from two seeds on; each beside those of its condition."""
    if not study.images:
        return {}
    from experiments.judge.parts import gains
    from experiments.results.images import by_part

    conditions: dict[str, dict[str, dict[Part, Floats]]] = {}
    for effect in told:
        parts = by_part(study, effect.weights)
        if parts and len(next(iter(parts.values()))) > 1:
            conditions.setdefault(effect.condition, {})[effect.name] = parts
    return {name: gained for effects in conditions.values() for name, gained in gains(effects).items()}


def _named(found: Mapping[Part, Gain]) -> Part | None:
    from experiments.judge.parts import named

    return named({part: gain for part, gain in found.items() if part[0] == "class" or part in NOUNS})


def _kept(loaded: Callable[[str], tuple[int, int] | None], effect: Effect) -> float:
    """The share of its baseline's pretrained weights that a trick starts with; 1 where it is not below `KEPT`."""
    if effect.compared is None:
        return 1.0
    own, other = loaded(effect.compared.arm), loaded(effect.compared.against)
    share = own[0] / other[0] if own and other and other[0] else 1.0
    return share if share < KEPT else 1.0


def lines(study: Study) -> list[str]:
    """A sentence on each effect of which a part stands out."""
    told = [(each, each.sentence()) for each in find_causes(study)]
    found = [f"{each.effect.name}{_said(study, each.effect)} {sentence}." for each, sentence in told if sentence]
    hint = "Which part stands out are hints, not verdicts; intervals at 5 % over all parts of an effect."
    return [*found, *([hint] if found else []), *filter(None, [limit(study)])]


def limit(study: Study) -> str:
    """How much of a large study is looked into; empty of one that is looked into whole."""
    if (first := looked_into.seeds_seen(study.plan)) is None:
        return ""
    which = {0: "no seed", 1: "one seed of each arm"}.get(first, f"the first {first} seeds of each arm")
    few = ", too few to tell why" if first < 2 else ""
    room = f"a report has time for {looked_into.MOST:,} of {len(study.plan.trials):,} trials"
    return f"Images were looked into of {which}{few}: {room}."


def json_text(study: Study) -> str:
    """Each effect by its parts, and what leaves it open, as JSON with six digits; null where there is no number."""
    known, open_by = (
        {each.effect.name: each for each in find_causes(study)},
        {u.effect.name: u for u in uncertainties(study)},
    )
    told = [
        {
            "effect": name,
            "stands_out": (each := known.get(name)) and each.part,
            "parts": [{"family": part[0], "name": part[1], **_numbers(gain)} for part, gain in each.gains.items()]
            if each
            else [],
            "standard_errors": _errors(open_by[name]) if name in open_by else None,
        }
        for name in dict.fromkeys([*known, *open_by])
    ]
    return json.dumps({"effects": told}, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _errors(left: Uncertainty) -> dict[str, float | int | None]:
    counts = {"paired_seeds": left.seeds, "validation_images": left.images}
    needed = {"seeds_needed": left.needed, "seeds_needed_on_four_times_the_images": left.with_more}
    return {**_numbers(left.sampling), "both": _rounded(left.sampling.both), **counts, **needed}


def _numbers(of: Any) -> dict[str, float | None]:
    return {name: _rounded(value) for name, value in asdict(of).items()}


def _rounded(value: float) -> float | None:
    return float(f"{value:.6g}") if math.isfinite(value) else None


def _said(study: Study, effect: Effect) -> str:
    word = study.judged[effect.name].verdict
    return f" {word}, and" if word.startswith(("helps", "hurts")) else f" ({word}):"
