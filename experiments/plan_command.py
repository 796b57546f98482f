"""`trickbench plan`: arms, trials and what each arm changes, before anything runs."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from experiments import cost, layers, registration
from experiments.ablation import read_ablation
from experiments.launch import Local
from experiments.plan import BASELINE, PLACEBO, Arm, Plan, plan


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add `trickbench plan`."""
    parser = subparsers.add_parser(
        "plan",
        help="show what an ablation would train",
        description="Show arms, trials and what each arm changes. Without --cost it trains nothing and is quick.",
    )
    add_ablation_arguments(parser)
    parser.add_argument(
        "--cost", action="store_true", help="build every arm, train it for a few steps and say what the matrix costs"
    )
    parser.set_defaults(run=run)


def add_ablation_arguments(parser: argparse.ArgumentParser) -> None:
    """What every command about an ablation asks."""
    parser.add_argument("ablation", help="ablation YAML: a path, or a name in experiments/ablations")
    parser.add_argument("--runs", type=Path, default=Path("runs"), help="folder for results (default: runs)")
    parser.add_argument("--jobs", type=int, help="trials at a time (default: as many as GPUs or CPUs allow)")


def run(args: argparse.Namespace) -> int:
    """Plan and print.

    Raises:
        UserError: For an ablation that cannot be told apart, built or read.
    """
    planned = plan(read_ablation(args.ablation), args.runs)
    registered = registration.check(planned)
    console = Console(highlight=False, markup=False)
    console.print(_heading(planned, registered), soft_wrap=True)
    console.print(_arms(planned))
    if args.cost:
        launcher = launcher_for(planned, args.jobs)
        measure_costs(planned, launcher, console)
        print_costs(planned, launcher, console)
    return 0


def launcher_for(planned: Plan, jobs: int | None) -> Local:
    """The launcher that fits the devices and threads of the ablation's trials."""
    devices = planned.merged(planned.arms[0]).get("trainer", {}).get("devices", 1)
    return Local(jobs, devices if isinstance(devices, int) and devices > 0 else 1, planned.ablation.threads)


def measure_costs(planned: Plan, launcher: Local, console: Console) -> None:
    """Measure every arm under a spinner."""
    with console.status("importing torch and Lightning, then building every arm …") as status:
        for done, total in cost.costs(planned, launcher):
            if done:
                status.update(f"building every arm, training each for a few steps: {done} of {total}")


def print_costs(planned: Plan, launcher: Local, console: Console) -> None:
    """Print what each arm costs and what the whole matrix will take."""
    table = Table("arm", "parameters", "FLOPs", "s / step", "× baseline", "s / trial", box=None)
    for column in table.columns[1:]:
        column.justify = "right"
    measured = cost.read_costs(planned)
    for c in measured:
        ratio = c.seconds_per_step / measured[0].seconds_per_step
        row = (f"{c.parameters:,}", f"{c.flops:.3g}", f"{c.seconds_per_step:.4f}", f"{ratio:.2f}", f"{c.seconds:.0f}")
        table.add_row(c.arm, *row)
    console.print(table)
    silent = [c.arm for c in measured if not c.acts and c.arm != BASELINE]
    if silent:
        console.print(f"\nno effect in the first steps: {', '.join(silent)}", soft_wrap=True)
    hours, jobs = cost.hours(planned, launcher.jobs), launcher.jobs
    length = f"{hours:.1f} h" if hours >= 1 else f"{hours * 60:.1f} min"
    console.print(f"\nabout {length} for {len(planned.trials)} trials, {jobs} at a time", soft_wrap=True)


def _heading(planned: Plan, registered: bool) -> str:
    ablation = planned.ablation
    better = "higher" if ablation.higher_is_better else "lower"
    return (
        f"{ablation.name}: {len(planned.arms)} arms × {len(ablation.seeds)} seeds = {len(planned.trials)} trials\n"
        f"metric {ablation.metric}, {better} is better; smallest effect that matters {ablation.sesoi:g}; "
        f"a diverged run scores {ablation.failure_value:g}\n"
        f"sha256 {registration.sha256(registration.content(planned))} "
        f"({'registered' if registered else 'not registered yet'})\n"
    )


def _arms(planned: Plan) -> Table:
    table = Table("arm", "seeds", "what it changes", box=None)
    for arm in planned.arms:
        table.add_row(arm.name, _ranges(arm.seeds), "\n".join(_changes(planned, arm)))
    return table


def _changes(planned: Plan, arm: Arm) -> list[str]:
    if arm.name == BASELINE:
        bottom, *above = arm.contents
        return [planned.ablation.baseline, *(line for layer in above for line in _lines(bottom, layer))]
    if arm.name == PLACEBO:
        return ["nothing: the baseline again on fresh seeds"]
    return _lines(planned.merged(planned.arms[0]), arm.contents[-1])


def _lines(below: layers.Config, layer: layers.Config) -> list[str]:
    return [f"{key}: {before} → {after}" for key, before, after in layers.diff(below, layer)]


def _ranges(seeds: tuple[int, ...]) -> str:
    if len(seeds) > 2 and list(seeds) == list(range(seeds[0], seeds[-1] + 1)):
        return f"{seeds[0]}–{seeds[-1]}"
    return ", ".join(map(str, seeds))
