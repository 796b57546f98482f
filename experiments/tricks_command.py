"""`trickbench tricks`: what can be tried, and what each trick says of itself."""

from __future__ import annotations

import argparse
import functools
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, get_args

from rich.console import Console
from rich.table import Table

from experiments import layers
from experiments.ablation import read_ablation
from experiments.about import About, Task, about
from experiments.errors import UserError
from experiments.layers import Config

BASELINES = {
    "segmentation": ["digits"],
    "detection": ["digits_fcos", "digits_retina"],
    "classification": ["digit_classes"],
}
"""What tricks are shown on, by task."""


@dataclass(frozen=True)
class Trick:
    """A trick by its file."""

    file: Path

    @property
    def name(self) -> str:
        """As ablations call it."""
        return self.file.stem

    @cached_property
    def content(self) -> Config:
        """Its YAML."""
        return layers.read_yaml(self.file)

    @cached_property
    def about(self) -> About:
        """Its data sheet."""
        return about(self.content, self.file)

    @property
    def slot(self) -> str:
        """What it fills: the argument of the model that its first key sets, else `data` or `trainer`."""
        key = next(iter(layers.settings(self.content)), "")
        return key.removeprefix("model.init_args.").split(".")[0].removesuffix("+")

    def says(self, text: str) -> bool:
        """Whether its name or data sheet has the text in it, in any case."""
        sheet = self.about
        return text.casefold() in " ".join((self.name, sheet.title, sheet.paper, sheet.claim)).casefold()

    @property
    def tested_by(self) -> list[str]:
        """The package's ablations that it is in, as `trickbench ablate` finds them."""
        return [ablation for ablation, tried in _tried().items() if self.name in tried]


@functools.cache
def _tried() -> dict[str, set[str]]:
    """The tricks of each of the package's ablations."""
    files = [file for folder in ("ablations", "claims") for file in sorted((layers.PACKAGE / folder).glob("*.yaml"))]
    read = {layers.called("ablations", file): read_ablation(str(file)) for file in files}
    return {name: {trick for slot in ablation.slots for trick in slot} for name, ablation in read.items()}


def tricks() -> list[Trick]:
    """Those of experiments/tricks, by name."""
    return [Trick(file) for file in sorted((layers.PACKAGE / "tricks").glob("*.yaml"))]


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add `trickbench tricks`."""
    parser = subparsers.add_parser(
        "tricks",
        help="list the tricks, or show one",
        description="List the tricks that fit, or show the data sheet of one and what it changes in a baseline.",
    )
    parser.add_argument("text", nargs="?", default="", help="a trick's name, or text to look for in data sheets")
    parser.add_argument("--task", choices=get_args(Task), help="only tricks for this task")
    parser.add_argument("--slot", help="only tricks for this slot: context, fusion, loss, schedule, optimizer …")
    parser.add_argument("--baseline", help="for one trick: the baseline to compare with (default: digits of its task)")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Show the trick of that name, else list those that fit.

    Raises:
        UserError: If none fits; names the nearest.
    """
    console, known = Console(highlight=False, markup=False), tricks()
    for trick in known:
        if trick.name == args.text:
            _show(trick, args.baseline, console)
            return 0
    console.print(_table(_filter(known, args)))
    return 0


def _filter(known: list[Trick], args: argparse.Namespace) -> list[Trick]:
    slots = sorted({trick.slot for trick in known})
    if args.slot and args.slot not in slots:
        raise UserError(f"no trick fills the slot {args.slot!r}{layers.nearest(args.slot, slots)}")
    found = [
        trick
        for trick in known
        if (not args.task or args.task in trick.about.tasks)
        and (not args.slot or args.slot == trick.slot)
        and trick.says(args.text)
    ]
    if not found:
        where = "".join(f" for {name} {value}" for name in ("task", "slot") if (value := getattr(args, name)))
        hint = layers.nearest(args.text, [trick.name for trick in known]) if args.text else ""
        raise UserError(
            f"no trick{where} is called {args.text!r} or says so{hint}" if args.text else f"no trick{where}"
        )
    return found


def _table(found: list[Trick]) -> Table:
    table = Table("name", "slot", "tasks", "expects", "title", box=None)
    table.columns[0].no_wrap = True  # a name is there to be copied
    for trick in found:
        sheet = trick.about
        table.add_row(trick.name, trick.slot, ", ".join(sheet.tasks), sheet.expects, sheet.title)
    return table


def _show(trick: Trick, baseline: str | None, console: Console) -> None:
    sheet = trick.about
    name = baseline or _baseline_below(trick)
    below = layers.read_yaml(layers.find("baselines", name))
    table = Table.grid("", "", padding=(0, 2))
    for field in ("title", "paper", "claim", "expects"):
        table.add_row(field, getattr(sheet, field) or "–")
    table.add_row("tasks", ", ".join(sheet.tasks))
    table.add_row("slot", trick.slot)
    table.add_row("tested by", ", ".join(trick.tested_by) or "–")
    table.add_row("file", str(trick.file))
    console.print(table, f"\nwhat it changes in {name}:", sep="\n")
    for key, before, after in layers.diff(below, trick.content):
        console.print(f"  {key}: {before} → {after}", soft_wrap=True)


def _baseline_below(trick: Trick) -> str:
    """The first baseline of its tasks that it changes."""
    names = [name for task in trick.about.tasks for name in BASELINES[task]]
    read = {name: layers.read_yaml(layers.find("baselines", name)) for name in names}
    merged = {name: layers.merge(read[name], trick.content) for name in names}
    changed = [name for name in names if layers.settings(merged[name]) != layers.settings(read[name])]
    return (changed or names)[0]
