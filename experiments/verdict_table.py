"""`trickbench verdicts`: the same statistics for anybody's table of runs."""

from __future__ import annotations

import argparse
import csv
import dataclasses
import io
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments.errors import UserError
from experiments.layers import nearest
from experiments.scores import read_scores
from experiments.statistics.levels import ALPHA
from experiments.statistics.power import in_words

if TYPE_CHECKING:  # scipy takes half a second
    from experiments.statistics.pairs import CompleteCases
    from experiments.verdicts import Verdict

NESTED = {"complete", "differences"}


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add `trickbench verdicts`."""
    parser = subparsers.add_parser(
        "verdicts",
        help="judge tricks from any CSV of runs",
        description="Judge every arm of a CSV of runs against the baseline, paired on the seed.",
    )
    parser.add_argument("table", type=Path, help="CSV with arm, seed and the metric; nan is a diverged run")
    parser.add_argument("--metric", required=True, help="the column to judge by")
    parser.add_argument("--sesoi", type=float, required=True, help="smallest effect that matters to you")
    parser.add_argument("--baseline", help="arm to compare with (default: the arm named baseline)")
    parser.add_argument("--placebo", help="arm that is the baseline again on fresh seeds, joined by rank")
    parser.add_argument("--looks", type=int, nargs="+", default=[], help="registered looks, as seed counts")
    parser.add_argument("--lower-is-better", action="store_true", help="for a loss or an error")
    parser.add_argument("--failure-value", type=float, help="what a diverged run scores (default: 0)")
    parser.add_argument("--format", choices=("table", "json", "csv"), default="table")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Read, judge, print.

    Raises:
        UserError: for a table or options that cannot be judged.
    """
    from experiments.verdicts import verdicts

    scores = read_scores(args.table, args.metric)
    baseline, placebo = args.baseline or "baseline", args.placebo
    for arm, option in ((baseline, "--baseline"), (placebo, "--placebo")):
        if arm and arm not in scores:
            raise UserError(f"{option}: no arm is named {arm!r}{nearest(arm, scores)}")
    if scores.keys() <= {baseline, placebo}:
        raise UserError(f"{args.table} holds no arm to compare with {baseline!r}")
    try:
        judged = verdicts(
            scores,
            baseline=baseline,
            sesoi=args.sesoi,
            higher_is_better=not args.lower_is_better,
            failure_value=args.failure_value,
            looks=args.looks,
            placebo=placebo,
        )
    except ValueError as error:
        raise UserError(str(error)) from error
    if args.format == "json":
        print(json_text(judged, args.metric, args.sesoi, baseline), end="")
    elif args.format == "csv":
        print(csv_text(judged), end="")
    else:
        print(table_text(judged, args.metric, args.sesoi), end="")
    return 0


def table_text(verdicts: Sequence[Verdict], metric: str, sesoi: float) -> str:
    """The verdicts as aligned columns for a terminal, and how to read them."""
    rows = _rows_of_text(verdicts, metric, sesoi)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([*lines, "", *notes(verdicts, metric, sesoi), ""])


def markdown(verdicts: Sequence[Verdict], metric: str, sesoi: float) -> str:
    """The verdicts as a Markdown table, and how to read them."""
    header, *rows = ([cell.replace("|", "\\|") for cell in row] for row in _rows_of_text(verdicts, metric, sesoi))
    lines = ["| " + " | ".join(row) + " |" for row in (header, ["---"] * len(header), *rows)]
    return "\n".join([*lines, "", *(f"{note}  " for note in notes(verdicts, metric, sesoi))]) + "\n"


def notes(verdicts: Sequence[Verdict], metric: str, sesoi: float) -> list[str]:
    """How to read the verdicts: what was compared, at which levels, and what noisy and diverged arms do."""
    tricks = sum(not verdict.placebo for verdict in verdicts)
    looked = verdicts[0].equivalence_level < ALPHA
    levels = {v.k: f"{v.level:.3g}" + f" at K = {v.k}" * looked for v in verdicts if _judged(v)}
    reached = " or ".join(dict.fromkeys(levels.values())) or "the level of a registered look"
    noisy = [verdict.arm for verdict in verdicts if verdict.noisier and not verdict.diverged and tricks >= 3]
    return [
        f"Δ {metric}: mean difference to the baseline over K paired seeds, above 0 is better; plain t.",
        f"helps, hurts: p < {reached} by the half-pooled t, .05 over {tricks} tricks{' and looks' * looked}.",
        f"equivalent, negligible, no material gain: bounds within ±{sesoi:g}, each one-sided at "
        f"{verdicts[0].equivalence_level:.3g}, not corrected over tricks.",
        *[f"{arm} is noisier: this blurs the other verdicts too, by the pooled variance." for arm in noisy],
        *(_without_diverged(v, v.complete, decimals(sesoi)) for v in verdicts if v.complete),
    ]


def _judged(verdict: Verdict) -> bool:
    return verdict.verdict not in ("not estimable", "no verdict (unregistered look)")


def _without_diverged(verdict: Verdict, complete: CompleteCases, decimals: int) -> str:
    interval = _interval(complete.low, complete.high, decimals)
    return (
        f"{verdict.arm}: of {verdict.k} runs {verdict.diverged} diverged, of the baseline's "
        f"{verdict.baseline_diverged}; they count. The {complete.k} complete pairs alone: "
        f"{_signed(complete.mean, decimals)} {interval}."
    )


def _rows_of_text(verdicts: Sequence[Verdict], metric: str, sesoi: float) -> list[list[str]]:
    places = decimals(sesoi)
    rows = [["arm", "K", f"Δ {metric}", "plain 95 % interval", "p", "verdict"]]
    for verdict in verdicts:
        interval = _interval(verdict.plain_low, verdict.plain_high, places)
        p = "–" if math.isnan(verdict.p) else f"{verdict.p:.2g}"
        mean = _signed(verdict.mean, places)
        rows.append([verdict.arm, str(verdict.k), mean, interval, p, _sentence(verdict)])
    return rows


def _sentence(verdict: Verdict) -> str:
    parts: list[str] = [verdict.verdict]
    if verdict.more_seeds is not None:
        parts.append(in_words(verdict.more_seeds, about="~"))
    if verdict.noisier:
        parts.append("noisier than the others")
    return ", ".join(parts)


def decimals(sesoi: float) -> int:
    """Decimals that show a tenth of the smallest effect that matters."""
    return max(0, 1 - math.floor(math.log10(sesoi)))


def _signed(value: float, decimals: int) -> str:
    return "–" if math.isnan(value) else f"{value:+.{decimals}f}"


def _interval(low: float, high: float, decimals: int) -> str:
    return "–" if math.isnan(low) else f"[{_signed(low, decimals)}, {_signed(high, decimals)}]"


def json_text(verdicts: Sequence[Verdict], metric: str, sesoi: float, baseline: str) -> str:
    """The verdicts as JSON, null where there is no such number; `level` is a trick's share of the 5 %."""
    level = ALPHA / max(1, sum(not verdict.placebo for verdict in verdicts))
    study = {"metric": metric, "baseline": baseline, "sesoi": sesoi, "level": level}
    return json.dumps({**study, "arms": _records(verdicts)}, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def csv_text(verdicts: Sequence[Verdict]) -> str:
    """The verdicts as CSV, one line an arm, empty where there is no such number."""
    records = [{k: v for k, v in record.items() if k not in NESTED} for record in _records(verdicts)]
    text = io.StringIO()
    writer = csv.DictWriter(text, records[0], lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)
    return text.getvalue()


def _records(verdicts: Sequence[Verdict]) -> list[dict[str, Any]]:
    return [_null_for_nan(dataclasses.asdict(verdict)) for verdict in verdicts]


def _null_for_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _null_for_nan(item) for key, item in value.items()}
    return None if isinstance(value, float) and math.isnan(value) else value
