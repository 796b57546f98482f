"""`trickbench report`: a study becomes a page, a table and a CSV."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from experiments import results
from experiments.ablation import read_ablation
from experiments.errors import UserError
from experiments.files import write_whole
from experiments.plan import Plan, plan
from experiments.results import Study
from experiments.verdict_table import markdown, table_text

PAGE, TABLE, TRIALS = "report.html", "table.md", "trials.csv"


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add `trickbench report`."""
    parser = subparsers.add_parser(
        "report",
        help="write the report of an ablation, finished or not",
        description="Write report.html, table.md and trials.csv into the ablation's folder and print the verdicts.",
    )
    parser.add_argument("ablation", help="ablation YAML: a path, or a name in experiments/ablations")
    parser.add_argument("--runs", type=Path, default=Path("runs"), help="folder for results (default: runs)")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Read what is there, write, print."""
    publish(plan(read_ablation(args.ablation), args.runs))
    return 0


def publish(planned: Plan) -> Path:
    """Write the report of what is there and print the verdicts and where the report is.

    Returns:
        The page.

    Raises:
        UserError: If nothing was run, or the folder holds another registration than this plan's.
    """
    if not planned.folder.is_dir():
        raise UserError(f"{planned.folder}: nothing was run there; run `trickbench ablate` first, or mend --runs")
    from experiments.page.target import notes

    study = results.study(planned)
    page = write(study)
    ablation = planned.ablation
    print(table_text(study.verdicts, ablation.metric, ablation.sesoi))
    if reached := notes(study):
        print(*reached, "", sep="\n")
    print(*(page.with_name(name) for name in (TABLE, TRIALS, PAGE)), sep="\n")
    return page


def write(study: Study) -> Path:
    """Write report.html, table.md and trials.csv, each whole or not at all; the same study gives the same bytes.

    Returns:
        The page.
    """
    from experiments.page import page
    from experiments.page.target import notes

    ablation, folder = study.plan.ablation, study.plan.folder
    table = markdown(study.verdicts, ablation.metric, ablation.sesoi)
    texts = {PAGE: page(study), TABLE: "\n".join([table, *(f"{line}  " for line in notes(study))])}
    for name, text in texts.items():
        with write_whole(folder / name) as file:
            file.write(text)
    results.write_csv(study.rows, folder / TRIALS)
    return folder / PAGE
