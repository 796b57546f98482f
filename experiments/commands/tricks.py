"""`trickbench tricks`: what can be tried, and what each trick says of itself."""

from __future__ import annotations

import argparse
from typing import Any, get_args

from rich.console import Console
from rich.table import Column, Table

from experiments.declare import configs
from experiments.declare.changes import diff
from experiments.declare.literature import published
from experiments.declare.sheet import Task
from experiments.declare.tricks import BASELINES, Trick, package_tricks
from experiments.errors import UserError
from experiments.report.published import gains


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add `trickbench tricks`."""
    parser = subparsers.add_parser(
        "tricks",
        description="List the tricks that fit, or show the data sheet of one and what it changes in a baseline.",
    )
    parser.add_argument("text", nargs="?", help="a trick's name, or text to look for in data sheets")
    parser.add_argument("--task", choices=get_args(Task), help="only tricks for this task")
    parser.add_argument("--slot", help="only tricks for this slot: context, fusion, loss, schedule, optimizer …")
    parser.add_argument("--baseline", help="for one trick: the baseline to compare with (default: digits of its task)")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Show the trick of that name, else list those that fit.

    Raises:
        UserError: If none fits; names the nearest.
    """
    console, known = Console(highlight=False, markup=False), package_tricks()
    for trick in known:
        if trick.name == args.text:
            _show(trick, args.baseline, console)
            return 0
    console.print(_table(_filter(known, args)))
    return 0


def _filter(known: list[Trick], args: argparse.Namespace) -> list[Trick]:
    slots = sorted({trick.slot for trick in known})
    if args.slot not in (None, *slots):
        raise UserError(f"no trick fills the slot {args.slot!r}{configs.nearest(args.slot, slots)}")
    found = [trick for trick in known if _fits(trick, args)]
    if not found:
        raise _none(known, args)
    return found


def _fits(trick: Trick, args: argparse.Namespace) -> bool:
    of_task = not args.task or args.task in trick.about.tasks
    of_slot = args.slot in (None, trick.slot)
    return of_task and of_slot and (args.text is None or trick.says(args.text))


def _none(known: list[Trick], args: argparse.Namespace) -> UserError:
    where = "".join(f" for {name} {value}" for name in ("task", "slot") if (value := getattr(args, name)))
    if args.text is None:
        return UserError(f"no trick{where}")
    hint = configs.nearest(args.text, [trick.name for trick in known])
    return UserError(f"no trick{where} is called {args.text!r} or mentions it{hint}")


def _table(found: list[Trick]) -> Table:
    tasks = Column("tasks", min_width=len(max(get_args(Task), key=len)))
    table = Table("name", "slot", tasks, "expects", Column("title", overflow="fold"), box=None)
    table.columns[0].no_wrap = table.columns[1].no_wrap = True  # names are there to be copied
    for trick in found:
        sheet = trick.about
        table.add_row(trick.name, trick.slot, ", ".join(sheet.tasks), sheet.expects, sheet.title)
    return table


def _show(trick: Trick, baseline: str | None, console: Console) -> None:
    sheet = trick.about
    name = baseline or _baseline_below(trick)
    below = configs.read_yaml(configs.find("baselines", name))
    table = Table.grid("", Column(overflow="fold"), padding=(0, 2))  # a path is whole
    for field in ("title", "paper", "claim", "expects", "holds_when"):
        table.add_row(field, getattr(sheet, field) or "–")
    table.add_row("tasks", ", ".join(sheet.tasks))
    table.add_row("slot", trick.slot)
    table.add_row("tested by", ", ".join(trick.tested_by) or "–")
    table.add_row("published", gains(published().get(trick.name, [])) or "–")
    table.add_row("file", str(trick.file))
    console.print(table, f"\nwhat it changes in {name}:", sep="\n")
    for key, before, after in diff(below, trick.content):
        console.print(f"  {key}: {before} → {after}", soft_wrap=True)


def _baseline_below(trick: Trick) -> str:
    """The first baseline of its tasks that it changes."""
    names = [name for task in trick.about.tasks for name in BASELINES[task]]
    read = {name: configs.read_yaml(configs.find("baselines", name)) for name in names}
    merged = {name: configs.merge(read[name], trick.content) for name in names}
    changed = [name for name in names if configs.settings(merged[name]) != configs.settings(read[name])]
    return (changed or names)[0]
