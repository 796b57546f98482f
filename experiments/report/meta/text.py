"""Pooled bundles as text and as JSON."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator

from experiments.report.meta.pooled import Meta, Trick
from experiments.report.numbers import decimals, fixed, interval, p_value, signed
from experiments.report.text import aligned, printable

METHOD = "random effects: τ² by REML, intervals by Hartung and Knapp, never narrower than without"


def lines(meta: Meta) -> Iterator[str]:
    """The pooled effects, what each study says, and how to read them."""
    places, metric = places_of(meta), printable(meta.opened[0].metric)
    header = ["trick", "studies", f"Δ {metric}", "95 % interval", "p", "another study", "τ", "I²", "Q", "p of Q"]
    yield from aligned([header, *(_pooled(trick, places) for trick in meta.tricks)])
    yield ""
    header = ["trick", "study", "data", "K", f"Δ {metric}", "se", "weight", "verdict there"]
    data = {each.name: printable(each.data) for each in meta.opened}
    rows = [row for trick in meta.tricks for row in _studies(trick, data, places)]
    yield from aligned([header, *rows])
    yield ""
    yield f"Pooled by {METHOD}; above 0 is better."
    yield "another study: where the true effect in one more of its kind lies, at 95 %."
    yield "I²: share of the variance of estimates that lies between studies; se, of each study, is taken as known."
    yield from map(printable, meta.notes)


def json_text(meta: Meta) -> str:
    """All of it as JSON."""
    first = meta.opened[0]
    said = {"metric": first.metric, "higher_is_better": first.higher_is_better, "method": METHOD}
    tricks = [
        {"trick": trick.name, **dataclasses.asdict(trick.pooled), "studies": _records(trick)} for trick in meta.tricks
    ]
    studies = [{"study": each.name, "data": each.data, "sha256": each.identity} for each in meta.opened]
    content = {**said, "bundles": studies, "tricks": tricks, "notes": list(meta.notes)}
    return json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def places_of(meta: Meta) -> int:
    """Decimals that its effects are shown with."""
    return decimals(min(each.sesoi for each in meta.opened))


def _pooled(trick: Trick, places: int) -> list[str]:
    found = trick.pooled
    shown = [signed(found.effect, places), interval(found.low, found.high, places), p_value(found.p)]
    between = [interval(found.prediction_low, found.prediction_high, places), fixed(found.tau2**0.5, places)]
    return [
        printable(trick.name),
        str(found.k),
        *shown,
        *between,
        f"{found.i2:.0%}",
        f"{found.q:.2f}",
        p_value(found.q_p),
    ]


def _studies(trick: Trick, data: dict[str, str], places: int) -> Iterator[list[str]]:
    for part, weight in zip(trick.parts, trick.pooled.weights, strict=True):
        v = part.verdict
        shown = [signed(v.effect, places), fixed(v.se, places + 1), f"{weight:.0%}", v.verdict]
        yield [printable(part.name), printable(part.study), data[part.study], str(v.k), *shown]


def _records(trick: Trick) -> list[dict[str, object]]:
    return [
        {
            "study": part.study,
            "arm": part.name,
            "k": v.k,
            "effect": v.effect,
            "se": v.se,
            "weight": weight,
            "verdict": v.verdict,
        }
        for part, weight in zip(trick.parts, trick.pooled.weights, strict=True)
        for v in [part.verdict]
    ]
