"""`trickbench plan`: arms, trials and what each arm changes, before anything runs."""

from __future__ import annotations

import argparse
from typing import Any

from rich.console import Console
from rich.table import Column, Table

from experiments.commands.arguments import add_ablation_arguments, add_launcher, launcher_for, planned_by, positive
from experiments.declare import configs
from experiments.declare.changes import diff
from experiments.declare.tune import TUNED, UNTUNED
from experiments.errors import UserError
from experiments.plan import registration
from experiments.plan.arms import BASELINE, PLACEBO, Arm
from experiments.plan.augmentation import augmentations
from experiments.plan.batches import batch_line
from experiments.plan.planned import Plan, differences
from experiments.plan.tuning import untuned
from experiments.plan.unknown_keys import refuse_unknown_keys
from experiments.report.fits import alias_lines
from experiments.report.heading import heading_line, ranges
from experiments.report.outcomes import untested_lines
from experiments.run.budgets import budgeted
from experiments.run.launchers.launcher import Launcher
from experiments.run.price import measure_costs, print_costs
from experiments.run.shared import there_line
from experiments.steer.rounds import first


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add `trickbench plan`."""
    parser = subparsers.add_parser(
        "plan",
        description="Show arms, trials and what each arm changes. Without --cost it trains nothing and is quick.",
    )
    add_ablation_arguments(parser)
    add_launcher(parser)
    parser.add_argument(
        "--cost", action="store_true", help="build every arm, train it for a few steps and say what the matrix costs"
    )
    parser.add_argument(
        "--spread",
        type=positive(float),
        help="standard deviation of a paired difference (that of one run × √2): say what can be shown",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Plan and print.

    Raises:
        UserError: For an ablation with identical arms, or one that cannot be built or read.
    """
    planned = planned_by(args)
    refuse_unknown_keys(planned)
    registered = registration.check(planned)
    console = Console(highlight=False, markup=False)
    launcher = launcher_for(planned, args.jobs, args.launcher) if args.cost or args.launcher else None
    if launcher and args.cost:
        launcher.check()
        planned = _sized(planned, launcher, console)
    _print_plan(planned, registered, console)
    if launcher and args.cost:
        measure_costs(planned, launcher, console)
        print_costs(planned, launcher, first(planned), console)
    elif launcher or batch_line(planned):
        for line in _refused(planned, args, launcher):
            console.print(line, soft_wrap=True)
    if args.cost or args.spread:
        _print_prospects(planned, args.spread, console)
    return 0


def _sized(planned: Plan, launcher: Launcher, console: Console) -> Plan:
    """The plan with the lengths of trials that hang on what a step takes."""
    budget = planned.ablation.budget
    if budget is None or not budget.measured:
        return planned
    measure_costs(planned, launcher, console)
    return budgeted(planned)


def _print_plan(planned: Plan, registered: bool, console: Console) -> None:
    console.print(heading_line(planned, registered), soft_wrap=True)
    console.print(_arms(planned))
    if planned.ablation.designs != ["alone"] or planned.ablation.conditions:
        _print_effects(planned, console)
    if registered:  # from then on `status` says where its trials stand
        return
    for line in untested_lines(planned):
        console.print(line, soft_wrap=True)
    if line := there_line(planned):
        console.print(f"\n{line}", soft_wrap=True)


def _refused(planned: Plan, args: argparse.Namespace, launcher: Launcher | None) -> list[str]:
    """Why `ablate` would not start here; asked where a launcher is named or a trial takes several devices."""
    try:
        asked = launcher or launcher_for(planned, args.jobs)
        if not asked.joins:
            asked.check()
    except UserError as error:
        return ["", f"from here `ablate` would not start it: {error}"]
    return []


def _print_prospects(planned: Plan, spread: float | None, console: Console) -> None:
    from experiments.report.prospects import lines

    without = [
        "what it can show is not known: give --spread, or train a pilot, which counts: "
        f"trickbench ablate … --only {' '.join(arm.name for arm in planned.baselines)} --max-trials 3"
    ]
    console.print("", *(lines(planned, spread) or without), sep="\n", soft_wrap=True)


def _arms(planned: Plan) -> Table:
    steps = ["steps"] if planned.ablation.budget else []
    arm_column = Column("arm", overflow="fold")  # a name is there to be copied
    table = Table(arm_column, "seeds", *steps, "what it changes", box=None)
    for arm in (arm for arm in planned.arms if not arm.tunes):
        long = [f"{arm.steps:,}" if arm.steps else "–" for _ in steps]
        table.add_row(arm.name, ranges(arm.seeds), *long, "\n".join(_changes(planned, arm)))
    return table


def _changes(planned: Plan, arm: Arm) -> list[str]:
    if arm.condition == TUNED:
        found = _lines(untuned(planned, arm).merged, arm.setting or {})
        return found if arm.setting else [f"what {UNTUNED}/{arm.plain} does, with the setting that suits it"]
    if arm.plain == BASELINE:
        bottom, *above = arm.contents
        augmented = [f"augments by {', '.join(found)}"] if (found := augmentations(arm.merged)) else []
        return [planned.ablation.baseline, *(line for layer in above for line in _lines(bottom, layer)), *augmented]
    if arm.plain == PLACEBO:
        return ["nothing: the baseline again on fresh seeds"]
    if len(arm.tricks) > 1:
        return [", ".join(arm.tricks)]
    return _lines(planned.arm(arm.baseline).merged, arm.contents[-1])


def _print_effects(planned: Plan, console: Console) -> None:
    for table in (_tricks(planned), _effects(planned)):
        if table.rows:
            console.print("", table, sep="\n")
    for design in planned.fitted:
        console.print("", *alias_lines(design), sep="\n", soft_wrap=True)


def _tricks(planned: Plan) -> Table:
    """What each trick changes that no arm has alone."""
    table = Table(Column("trick", overflow="fold"), "what it changes", box=None)
    alone = {arm.tricks for arm in planned.arms}
    for trick in dict.fromkeys(trick for arm in planned.arms for trick in arm.tricks if (trick,) not in alone):
        having = next(arm for arm in planned.arms if trick in arm.tricks)
        table.add_row(trick, "\n".join(_lines(planned.arm(having.baseline).merged, having.content(trick))))
    return table


def _effects(planned: Plan) -> Table:
    """What is compared with what."""
    table = Table(*(Column(name, overflow="fold") for name in ("trick", "its effect", "design")), box=None)
    for design in planned.designs:
        for each in design.comparisons:
            table.add_row(each.trick, f"{each.arm} − {each.against}", design.title)
        for trick in design.tricks:
            table.add_row(trick, "mean of the arms with it − mean of those without", design.title)
    for difference in differences(planned):
        table.add_row(difference.trick, difference.between, "difference")
    return table


def _lines(below: configs.Config, layer: configs.Config) -> list[str]:
    return [f"{key}: {before} → {after}" for key, before, after in diff(below, layer)]
