"""The price of a matrix, measured and printed before anything is registered."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Column, Table

from experiments import lease
from experiments.folder import COSTS
from experiments.plan.arms import Trial
from experiments.plan.missing_data import refuse_missing_data
from experiments.plan.path import worst_case
from experiments.plan.planned import Plan
from experiments.process import Process
from experiments.run import costs, looked, memory
from experiments.run.grids import check_grids
from experiments.run.launchers.launcher import Launcher
from experiments.run.pace import length
from experiments.run.shared import there, there_line

FIRST = "if the first seed shows none either, such an arm ends there as a no-op"


def measure_costs(planned: Plan, launcher: Launcher, console: Console) -> None:
    """Measure every arm under a spinner; what another process measures at the time is waited for."""
    refuse_missing_data(planned)
    with (
        lease.waited_for(planned.folder / COSTS, lambda other: _say_measuring(other, console)),
        console.status("importing torch and Lightning, then building every arm …") as status,
    ):
        for done, total in costs.measure_costs(planned, launcher):
            if done:
                status.update(f"building every arm, training each for a few steps: {done} of {total}")
    check_grids(planned)
    memory.refuse_overfull(planned, launcher)


def _say_measuring(other: Process, console: Console) -> None:
    console.print(f"{other} measures the costs of this ablation: waiting for it", soft_wrap=True)


def print_costs(planned: Plan, launcher: Launcher, sure: Sequence[Trial], console: Console) -> None:
    """Print what each arm costs and what the whole matrix will take.

    Args:
        planned: Of which costs were measured.
        launcher: How many trials run at a time.
        sure: The trials that will be run whatever comes out: all, or those of a race's first look.
        console: Where to print.
    """
    measured = costs.read_costs(planned)
    console.print(_table(measured))
    silent = [c.arm for c in measured if not c.acts and c.arm != c.baseline]
    if silent:
        console.print(f"\nno effect in the first steps: {', '.join(silent)}; {FIRST}", soft_wrap=True)
    console.print(f"\n{_spans(planned, launcher, sure)}", soft_wrap=True)
    if planned.ablation.path:
        console.print(_whole_path(planned, launcher, measured), soft_wrap=True)
    for line in (launcher.sharing, *looked.seen(planned), *memory.lines(planned, launcher)):
        if line:
            console.print(line, soft_wrap=True)


def _table(measured: Sequence[costs.Cost]) -> Table:
    arm = Column("arm", overflow="fold")  # a name is there to be copied
    table = Table(arm, "parameters", "FLOPs", "s / step", "× baseline", "steps", "s / trial", box=None)
    for column in table.columns[1:]:
        column.justify = "right"
    step = {c.arm: c.seconds_per_step for c in measured}
    for c in measured:
        ratio = c.seconds_per_step / step[c.baseline]
        step_row = f"{c.seconds_per_step:.4f}", f"{ratio:.2f}"
        trial = f"{c.seconds:.0f}" if c.seconds >= 1 else f"{c.seconds:.1f}"
        table.add_row(c.arm, f"{c.parameters:,}", f"{c.flops:.3g}", *step_row, f"{c.steps:,}", trial)
    return table


def _spans(planned: Plan, launcher: Launcher, sure: Sequence[Trial]) -> str:
    done = {trial.place for trial in there(planned)}
    due, most = ([trial for trial in trials if trial.place not in done] for trials in (sure, planned.trials))
    spans = [f"about {_span(planned, due, launcher)}"] if due else []
    spans += [f"at most {_span(planned, most, launcher)}"] if len(most) > len(due) else []
    if not spans:
        return f"nothing is left to train: {there_line(planned)}"
    return "; ".join(filter(None, (f"{', '.join(spans)}, {launcher.jobs} at a time", there_line(planned))))


def _span(planned: Plan, trials: Sequence[Trial], launcher: Launcher) -> str:
    seconds = length(costs.seconds(planned, trials, launcher.jobs))
    return f"{seconds} for {len(trials)} trial{'s' * (len(trials) != 1)}"


def _whole_path(planned: Plan, launcher: Launcher, measured: Sequence[costs.Cost]) -> str:
    dearest, count = max(c.seconds for c in measured) + costs.START_SECONDS, worst_case(planned.ablation)
    most = length(count * dearest / launcher.jobs)
    return f"the whole path: at most {most} for {count} trials, each as long as the longest so far"
