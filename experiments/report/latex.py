"""Verdicts as a LaTeX table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING

from rich.cells import cell_len

from experiments.report.text import TO_BASELINE, notes, printable, verdict_rows, written

if TYPE_CHECKING:  # scipy takes half a second
    from experiments.judge.verdict import Verdict

SPECIAL = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "Δ": r"$\Delta$",
    "−": "$-$",
    "×": r"$\times$",
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
    **{sign: f"{{{sign}}}" for sign in "[]*"},  # behind the end of a row the first of these would be its argument
}
NUMBER = re.compile(r"[+-]\d[\d.,e+-]*|\[[+-].*\]|\d\.?\d*e-\d+")


def write_booktabs(verdicts: Sequence[Verdict], metric: str, sesoi: float, compared: str = TO_BASELINE) -> str:
    """The verdicts as a table of booktabs, with how to read them as comments."""
    header, *rows = verdict_rows(written(verdicts, metric, tex)[0], metric, sesoi)
    said = [f"% {printable(note)}" for note in notes(verdicts, metric, sesoi, compared)]
    lines = [" & ".join(_number(cell) for cell in row) for row in rows]
    chinese = any(cell_len(letter) > 1 for cell in (*header, *chain(*rows)) for letter in cell)  # or of its width
    return "\n".join(
        [
            r"% needs \usepackage{booktabs}" + r", and \usepackage{ctex} with XeLaTeX" * chinese,
            *said,
            rf"\begin{{tabular}}{{l{'r' * (len(header) - 2)}l}}",
            r"\toprule",
            rf"{' & '.join(map(tex, header))} \\",
            r"\midrule",
            *(rf"{line} \\" for line in lines),
            r"\bottomrule",
            r"\end{tabular}",
            "",
        ]
    )


def tex(text: str) -> str:
    """Text that stays what it is in LaTeX."""
    return "".join(SPECIAL.get(character, character) for character in printable(text))


def _number(cell: str) -> str:
    return f"${cell}$" if NUMBER.fullmatch(cell) else cell.replace("~", r"$\approx$").replace("–", "--")
