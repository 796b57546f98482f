"""`trickbench literature`: published effects of the tricks, each with its source."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from experiments.declare import configs
from experiments.declare.literature import Row, published
from experiments.declare.tricks import Trick, package_tricks
from experiments.errors import UserError
from experiments.report.numbers import signed
from experiments.report.published import POINTS, gains
from experiments.report.text import aligned


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add `trickbench literature`."""
    parser = subparsers.add_parser(
        "literature",
        description="List the tricks that published effects are known of, or fit; or those of one, with their sources.",
    )
    parser.add_argument("text", nargs="?", help="a trick's name, or text to look for in data sheets")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Show the rows of the trick of that name, else how many there are of each that fits.

    Raises:
        UserError: If none fits; names the nearest.
    """
    console, known = Console(highlight=False, markup=False), package_tricks()
    for trick in known:
        if trick.name == args.text:
            rows = published().get(trick.name, [])
            said = f"{gains(rows)}\n{POINTS}" if rows else "no published effect of it is known here"
            console.print(f"{trick.name}: {trick.about.title}", said, *_lines(rows), sep="\n", soft_wrap=True)
            return 0
    console.print(_summary(_filter(known, args.text)))
    return 0


def _filter(known: list[Trick], text: str | None) -> list[Trick]:
    if text is None:
        return [trick for trick in known if trick.name in published()]
    found = [trick for trick in known if trick.says(text)]
    if not found:
        hint = configs.nearest(text, [trick.name for trick in known])
        raise UserError(f"no trick is called {text!r} or mentions it{hint}")
    return found


def _summary(tricks: Sequence[Trick]) -> Table:
    table = Table("trick", "rows", "gain in points", "title", box=None)
    table.columns[0].no_wrap = True  # a name is there to be copied
    for trick in tricks:
        rows = published().get(trick.name, [])
        table.add_row(trick.name, str(len(rows)), gains(rows) or "–", trick.about.title)
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
