"""`trickbench verdicts`: the same statistics for anybody's table of runs."""

from __future__ import annotations

import argparse
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments.declare.configs import nearest
from experiments.errors import UserError
from experiments.report.text import csv_text, json_text, table_text
from experiments.results.read_runs import read_scores

if TYPE_CHECKING:
    from experiments.judge.verdict import Verdict


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add `trickbench verdicts`."""
    parser = subparsers.add_parser(
        "verdicts",
        description="Judge every arm of a CSV of runs against the baseline, paired on the seed.",
    )
    parser.add_argument(
        "table", type=Path, help="CSV with arm, seed and the metric; nan, or a status diverged, is a diverged run"
    )
    parser.add_argument("--metric", required=True, help="the column to judge by")
    parser.add_argument("--sesoi", type=float, required=True, help="smallest effect that matters to you")
    parser.add_argument("--baseline", help="arm to compare with (default: the arm named baseline)")
    parser.add_argument("--placebo", help="arm that is the baseline again on fresh seeds, joined by rank")
    parser.add_argument("--looks", type=int, nargs="+", default=[], help="registered looks, as seed counts")
    parser.add_argument(
        "--bank", action="store_true", help="judge a race: at --looks, with the baseline's further seeds as its bank"
    )
    parser.add_argument("--lower-is-better", action="store_true", help="for a loss or an error")
    parser.add_argument("--failure-value", type=float, help="what a diverged run scores (default: 0)")
    parser.add_argument("--format", choices=("table", "json", "csv"), default="table")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Read, judge, print.

    Raises:
        UserError: for a table or options that cannot be judged.
    """
    scores, baseline = read_scores(args.table, args.metric), args.baseline or "baseline"
    _check(args, baseline, scores)
    try:
        judged = _judged(args, baseline, scores)
    except ValueError as error:
        raise UserError(str(error)) from error
    if args.format == "json":
        print(json_text(judged, args.metric, args.sesoi, baseline), end="")
    elif args.format == "csv":
        print(csv_text(judged), end="")
    else:
        print(table_text(judged, args.metric, args.sesoi), end="")
    return 0


def _check(args: argparse.Namespace, baseline: str, arms: Collection[str]) -> None:
    for arm, option in ((baseline, "--baseline"), (args.placebo, "--placebo")):
        if arm and arm not in arms:
            raise UserError(f"{option}: no arm is named {arm!r}{nearest(arm, arms)}")
    if args.bank and (args.placebo or not args.looks):
        raise UserError("--bank judges a race: it needs --looks, such as 3 5 8, and has its own placebo in the bank")
    if args.placebo == baseline:
        raise UserError(f"--placebo must be another arm than the baseline, on fresh seeds, got {baseline!r} for both")
    if set(arms) <= {baseline, args.placebo}:
        raise UserError(f"{args.table} holds no arm to compare with {baseline!r}")


def _judged(args: argparse.Namespace, baseline: str, scores: dict[str, dict[int, float]]) -> list[Verdict]:
    from experiments.judge.racing import judge_race  # scipy takes half a second
    from experiments.judge.verdicts import judge_arms

    common = {
        "baseline": baseline,
        "sesoi": args.sesoi,
        "higher_is_better": not args.lower_is_better,
        "failure_value": args.failure_value,
        "looks": args.looks,
    }
    return judge_race(scores, **common) if args.bank else judge_arms(scores, **common, placebo=args.placebo)
