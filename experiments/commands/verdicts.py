"""`trickbench verdicts`: the same statistics for anybody's table of runs."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from experiments.declare.configs import nearest
from experiments.errors import UserError
from experiments.report.text import csv_text, json_text, table_text
from experiments.results.read_runs import read_scores


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
    from experiments.judge.racing import judge_race
    from experiments.judge.verdicts import judge_arms

    scores = read_scores(args.table, args.metric)
    baseline, placebo = args.baseline or "baseline", args.placebo
    for arm, option in ((baseline, "--baseline"), (placebo, "--placebo")):
        if arm and arm not in scores:
            raise UserError(f"{option}: no arm is named {arm!r}{nearest(arm, scores)}")
    if args.bank and (placebo or not args.looks):
        raise UserError("--bank judges a race: it needs --looks, such as 3 5 8, and has its own placebo in the bank")
    if placebo == baseline:
        raise UserError(f"--placebo must be another arm than the baseline, on fresh seeds, got {placebo!r} for both")
    if scores.keys() <= {baseline, placebo}:
        raise UserError(f"{args.table} holds no arm to compare with {baseline!r}")
    common = {
        "baseline": baseline,
        "sesoi": args.sesoi,
        "higher_is_better": not args.lower_is_better,
        "failure_value": args.failure_value,
        "looks": args.looks,
    }
    try:
        judged = judge_race(scores, **common) if args.bank else judge_arms(scores, **common, placebo=placebo)
    except ValueError as error:
        raise UserError(str(error)) from error
    if args.format == "json":
        print(json_text(judged, args.metric, args.sesoi, baseline), end="")
    elif args.format == "csv":
        print(csv_text(judged), end="")
    else:
        print(table_text(judged, args.metric, args.sesoi), end="")
    return 0
