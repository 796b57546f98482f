"""`trickbench report`: a study becomes a page, a table and a CSV."""

from __future__ import annotations

import argparse
from typing import Any

from experiments.commands.arguments import add_ablation, add_wandb, planned_by
from experiments.errors import UserError
from experiments.report.publish import PAGE, publish_report
from experiments.report.tracked.send import check, send_report


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add `trickbench report`."""
    parser = subparsers.add_parser(
        "report",
        description="Write report.html, plots, table.md and trials.csv into the ablation's folder; print the verdicts.",
    )
    add_ablation(parser)
    add_wandb(parser, "also save it as a report in this project of W&B (default: that of its runs)", default=True)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Read what is there, write, print.

    Raises:
        UserError: If no trial is finished, or none was logged to W&B; the page is written nevertheless.
        ServerError: If W&B cannot be had.
    """
    if args.wandb:
        check()
    study = publish_report(planned_by(args))
    if not any(row["status"].ended for row in study.rows):
        raise UserError(
            f"of {len(study.rows)} trials in {study.plan.folder} none is finished, so nothing can be said yet; "
            f"{PAGE} there shows where they stand"
        )
    if args.wandb:
        print(*send_report(study, args.wandb if isinstance(args.wandb, str) else ""), sep="\n")
    return 0
