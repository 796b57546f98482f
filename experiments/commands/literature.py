"""`trickbench literature`: published effects of the tricks, each with its source."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from experiments.declare import configs
from experiments.declare.literature import Row, published
from experiments.declare.tricks import package_tricks
from experiments.errors import UserError
from experiments.report.numbers import signed
from experiments.report.published import POINTS, gains
from experiments.report.text import aligned


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add `trickbench literature`."""
    parser = subparsers.add_parser(
        "literature",
        description="List the tricks that published effects are known of, or the effects of one with their sources.",
    )
    parser.add_argument("trick", nargs="?", help="a trick's name")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Show the rows of a trick, else how many there are of each.

    Raises:
        UserError: If there is no such trick; names the nearest.
    """
    console = Console(highlight=False, markup=False)
    titles = {trick.name: trick.about.title for trick in package_tricks()}
    if args.trick is None:
        console.print(_summary(titles))
    elif args.trick not in titles:
        raise UserError(f"no trick is called {args.trick!r}{configs.nearest(args.trick, titles)}")
    else:
        rows = published().get(args.trick, [])
        said = f"{gains(rows)}\n{POINTS}" if rows else "no published effect of it is known here"
        console.print(f"{args.trick}: {titles[args.trick]}", said, *_lines(rows), sep="\n", soft_wrap=True)
    return 0


def _summary(titles: dict[str, str]) -> Table:
    table = Table("trick", "rows", "gain in points", "title", box=None)
    table.columns[0].no_wrap = True  # a name is there to be copied
    for name, rows in sorted(published().items()):
        table.add_row(name, str(len(rows)), gains(rows), titles[name])
    return table


def _lines(rows: Sequence[Row]) -> list[str]:
    """Two lines a row: figures and setting, and the source below."""
    figures = [(row.metric, *_figures(row), signed(row.gain, 2)) for row in rows]
    told = []
    for line, row in zip(aligned(figures) if rows else [], rows, strict=True):
        setting = ", ".join(filter(None, (row.data, row.backbone, row.length)))
        told += ["", f"{line}  {setting}", f"  {row.change}", f"  {row.source}"]
    return told


def _figures(row: Row) -> tuple[str, str]:
    if row.before is None or row.after is None:
        return "", ""
    return f"{row.before:g}", f"→ {row.after:g}"
