"""Curves in a file: what `trickbench schedule` and `trickbench signal` share."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from typing import Any

from experiments.errors import UserError
from experiments.files import as_csv, check_folder, write_whole

# Okabe & Ito's: told apart by everybody.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
SUFFIXES = (".svg", ".csv")


def add_out(parser: argparse.ArgumentParser) -> None:
    """Add `--out`; `check` what it is given."""
    parser.add_argument("--out", type=Path, help="also write it to this file: a picture (.svg) or numbers (.csv)")


def check(out: Path | None) -> None:
    """Refuse a file that can be neither picture nor table, or cannot be written.

    Raises:
        UserError: Says which endings there are, or what is wrong with its folder.
    """
    if out and out.suffix not in SUFFIXES:
        raise UserError(f"--out must end in {' or '.join(SUFFIXES)}, got {str(out)!r}")
    if out:
        check_folder(out.parent)
    if out and out.is_dir():
        raise UserError(f"--out must be a file, got the folder {out}")


def colour(i: int) -> str:
    """The colour of the i-th curve."""
    return COLOURS[i % len(COLOURS)]


def curve(points: Iterable[tuple[float, float]], i: int) -> str:
    """The i-th curve through points in pixels."""
    path = " ".join(f"{x},{y}" for x, y in points)
    return f'<polyline fill="none" stroke="{colour(i)}" stroke-width="2" points="{path}"/>'


def text(x: float, y: float, words: str, anchor: str = "middle", more: str = "") -> str:
    """Words at a place in pixels, with more attributes where it needs them."""
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}"{more}>{escape(words)}</text>'


def grid(ticks: Iterable[tuple[float, str]], left: float, right: float) -> list[str]:
    """A line across and its value for each (height in pixels, text)."""
    return [
        f'<path d="M{left:g} {y}H{right:g}" stroke="#ddd"/>{text(left - 8, y + 4, words, "end")}' for y, words in ticks
    ]


def write_svg(out: Path, title: str, width: float, height: float, shapes: Sequence[str]) -> None:
    """Write a picture on white; it needs nothing but itself."""
    head = f'xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}"'
    with write_whole(out) as file:
        file.write(
            f'<svg {head} font-family="sans-serif" font-size="12">\n<title>{escape(title)}</title>\n'
            f'<rect width="{width:g}" height="{height:g}" fill="white"/>\n' + "\n".join(shapes) + "\n</svg>\n"
        )


def write_csv(out: Path, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write numbers under their names."""
    with write_whole(out) as file:
        file.write(as_csv(columns, rows))
