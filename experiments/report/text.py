"""Verdicts as text: for the terminal, as Markdown, CSV and JSON."""

from __future__ import annotations

import dataclasses
import json
import math
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len, set_cell_size

from experiments.files import as_csv
from experiments.judge.alphas import ALPHA
from experiments.judge.power import in_words
from experiments.report.numbers import decimals

if TYPE_CHECKING:  # scipy takes half a second
    from experiments.judge.pairs import CompleteCases
    from experiments.judge.verdict import Verdict

NESTED = {"complete", "differences"}
UNREGISTERED = "no verdict (unregistered look)"
TO_BASELINE = "to the baseline"


def table_text(verdicts: Sequence[Verdict], metric: str, sesoi: float, compared: str = TO_BASELINE) -> str:
    """The verdicts as aligned columns for a terminal, and how to read them."""
    verdicts, metric = written(verdicts, metric, printable)
    lines = aligned(verdict_rows(verdicts, metric, sesoi))
    return "\n".join([*lines, "", *notes(verdicts, metric, sesoi, compared), ""])


def markdown(verdicts: Sequence[Verdict], metric: str, sesoi: float, compared: str = TO_BASELINE) -> str:
    """The verdicts as a Markdown table, and how to read them."""
    verdicts, metric = written(verdicts, metric, escaped)
    lines = piped(verdict_rows(verdicts, metric, sesoi))
    return "\n".join([*lines, "", *(f"{note}  " for note in notes(verdicts, metric, sesoi, compared))]) + "\n"


def printable(text: str) -> str:
    """Text in one line that does nothing to a terminal."""
    return "".join(c if c.isprintable() else " " for c in text)


def escaped(text: str) -> str:
    """Text that stays what it is in Markdown, in a table's cell too."""
    return re.sub(r"[\\`*<>|\[\]&~$#]|^[-+=]|(?<!\w)_|_(?!\w)", r"\\\g<0>", printable(text))


def written(verdicts: Sequence[Verdict], metric: str, form: Callable[[str], str]) -> tuple[list[Verdict], str]:
    """The verdicts and the metric with all names of others in a form."""
    return [dataclasses.replace(verdict, arm=form(verdict.arm)) for verdict in verdicts], form(metric)


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as lines with aligned columns, on a terminal that shows a Chinese character as wide as two Latin letters."""
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(map(set_cell_size, row, widths)).rstrip() for row in rows]


def piped(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows, of which the first is the header, as lines of a Markdown table; cells are `escaped` already."""
    header, *others = rows
    return ["| " + " | ".join(row) + " |" for row in (header, ["---"] * len(header), *others)]


def notes(verdicts: Sequence[Verdict], metric: str, sesoi: float, compared: str) -> list[str]:
    """How to read the verdicts: what was compared, at which levels, and what noisy and diverged arms do.

    Args:
        verdicts: The verdicts.
        metric: What they are about.
        sesoi: Smallest effect of interest.
        compared: Between which arms.
    """
    tricks = sum(not verdict.placebo for verdict in verdicts)
    noun, beside = ("tricks", "the baseline's") if compared == TO_BASELINE else ("effects", "those compared with")
    counted = noun if tricks != 1 else noun.removesuffix("s")
    looked = verdicts[0].equivalence_alpha < ALPHA
    levels = {v.k: f"{v.alpha:.3g}" + f" at K = {v.k}" * looked for v in verdicts if _judged(v)}
    unjudged = "the level of a registered look" if looked else "their level"
    reached = " or ".join(dict.fromkeys(levels.values())) or unjudged
    steady = [v for v in verdicts if not (v.diverged or (v.baseline_diverged and compared != TO_BASELINE))]
    noisy = [verdict.arm for verdict in steady if verdict.noisier and tricks >= 3]
    return [
        f"Δ {metric}: mean difference {compared} over K paired seeds, above 0 is better; plain t.",
        f"helps, hurts: p < {reached} by the half-pooled t, .05 over {tricks} {counted}{' and looks' * looked}.",
        f"equivalent, negligible, no material gain: bounds within ±{sesoi:g}, each one-sided at "
        f"{verdicts[0].equivalence_alpha:.3g}, not corrected over {noun}.",
        *_race_note(verdicts),
        *_unestimable_note(verdicts),
        *_unregistered_note(verdicts, tricks, noun),
        *[f"{arm} is noisier: this blurs the other verdicts too, by the pooled variance." for arm in noisy],
        *(_without_diverged(v, v.complete, decimals(sesoi), beside) for v in verdicts if v.complete),
    ]


def _race_note(verdicts: Sequence[Verdict]) -> list[str]:
    if all(verdict.slope == 1 for verdict in verdicts):
        return []
    return ["Verdicts are about the effect estimated with the baseline's further seeds too; Δ may differ a little."]


def _unestimable_note(verdicts: Sequence[Verdict]) -> list[str]:
    if all(verdict.verdict != "not estimable" for verdict in verdicts):
        return []
    return ["not estimable: no interval without two seeds that both ran, and whose differences are not all the same."]


def _unregistered_note(verdicts: Sequence[Verdict], tricks: int, noun: str) -> list[str]:
    if all(verdict.verdict != UNREGISTERED for verdict in verdicts):
        return []
    return [
        "no verdict: so many seeds are not a registered look. The verdict interval is then one that holds at any "
        f"number of them (a t-sequence at .05 over {tricks} {noun}), – while it has no bounds."
    ]


def _judged(verdict: Verdict) -> bool:
    return verdict.k > 1 and verdict.verdict not in ("not estimable", UNREGISTERED)


def _without_diverged(verdict: Verdict, complete: CompleteCases, decimals: int, beside: str) -> str:
    interval = interval_cell(complete.low, complete.high, decimals)
    alone = f"The {complete.k} complete pairs alone: {signed_cell(complete.mean, decimals)} {interval}"
    return (
        f"{verdict.arm}: of {verdict.k} runs {verdict.diverged} diverged, of {beside} "
        f"{verdict.baseline_diverged}; they count. {alone if complete.k else 'No pair is complete'}."
    )


def verdict_rows(verdicts: Sequence[Verdict], metric: str, sesoi: float) -> list[list[str]]:
    """The verdicts as rows of cells, a header first."""
    places = decimals(sesoi)
    rows = [["arm", "K", f"Δ {metric}", "plain 95 % interval", "p", "verdict interval", "bounds", "verdict"]]
    for verdict in verdicts:
        shown = effect_cells(verdict.mean, verdict.plain_low, verdict.plain_high, verdict.p, places)
        judged = [interval_cell(verdict.low, verdict.high, places)]
        judged += [interval_cell(verdict.equivalence_low, verdict.equivalence_high, places)]
        rows.append([verdict.arm, str(verdict.k), *shown, *judged, _sentence(verdict)])
    return rows


def effect_cells(effect: float, low: float, high: float, p: float, places: int) -> list[str]:
    """An effect, its interval and p as cells of a table."""
    return [signed_cell(effect, places), interval_cell(low, high, places), "–" if math.isnan(p) else f"{p:.2g}"]


def _sentence(verdict: Verdict) -> str:
    parts: list[str] = [verdict.verdict]
    if verdict.verdict == UNREGISTERED and verdict.next_look:
        parts.append(f"{verdict.k} of {verdict.next_look} seeds")
    if verdict.more_seeds is not None:
        parts.append(in_words(verdict.more_seeds, about="~"))
    if verdict.noisier:
        parts.append("noisier than the others")
    return ", ".join(parts)


def signed_cell(value: float, decimals: int) -> str:
    """A difference in plain characters."""
    return "–" if math.isnan(value) else f"{value:+.{decimals}f}"


def interval_cell(low: float, high: float, decimals: int) -> str:
    """An interval in plain characters."""
    return "–" if math.isnan(low) else f"[{signed_cell(low, decimals)}, {signed_cell(high, decimals)}]"


def json_text(verdicts: Sequence[Verdict], metric: str, sesoi: float, baseline: str) -> str:
    """The verdicts as JSON, null where there is no such number; `level` is a trick's share of the 5 %."""
    level = ALPHA / max(1, sum(not verdict.placebo for verdict in verdicts))
    study = {"metric": metric, "baseline": baseline, "sesoi": sesoi, "level": level}
    return json.dumps({**study, "arms": _records(verdicts)}, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def csv_text(verdicts: Sequence[Verdict]) -> str:
    """The verdicts as CSV, one line an arm, empty where there is no such number."""
    records = [{k: v for k, v in record.items() if k not in NESTED} for record in _records(verdicts)]
    return as_csv(records[0], (record.values() for record in records))


def _records(verdicts: Sequence[Verdict]) -> list[dict[str, Any]]:
    return [_null_for_nan(dataclasses.asdict(verdict)) for verdict in verdicts]


def _null_for_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _null_for_nan(item) for key, item in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value
