"""The processes that run an ablation, any number at a time; each trial is one process's (see `lease`)."""

import shutil
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console

from experiments import lease, succession
from experiments.folder import LEASE, RUNNERS
from experiments.plan.arms import Trial
from experiments.plan.planned import Plan
from experiments.process import Process

SHOWN = 3  # trials in a line


def present(planned: Plan) -> list[Process]:
    """Those that are there."""
    found = (lease.owner(folder) for folder in (planned.folder / RUNNERS).glob("*"))
    return [runner for runner in found if runner]


@contextmanager
def joined(planned: Plan, console: Console) -> Iterator[None]:
    """Be one of them, and say which others there are."""
    _tidy(planned)
    if others := present(planned):
        names = ", ".join(map(str, others))
        console.print(f"this ablation is run by {names} too: its trials are shared", soft_wrap=True)
    own = planned.folder / RUNNERS / uuid.uuid4().hex
    with lease.held(own):
        try:
            yield
        finally:
            shutil.rmtree(own, ignore_errors=True)


def _tidy(planned: Plan) -> None:
    """Remove what killed ones have left."""
    for folder in (planned.folder / RUNNERS).glob("*"):
        if succession.last(folder / LEASE)[1] and not lease.owner(folder):
            shutil.rmtree(folder, ignore_errors=True)


def elsewhere(trials: Sequence[Trial]) -> list[str]:
    """Trials that other processes train, and which, a line for each."""
    found = ((trial, lease.owner(trial.folder)) for trial in trials)
    return [f"{trial.arm} seed {trial.seed} ({owner})" for trial, owner in found if owner]


def waiting(trials: Sequence[Trial]) -> str:
    """Says which trials of others are waited for."""
    names = elsewhere(trials)
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"waiting for trials that others train: {', '.join(names[:SHOWN])}{more}"
