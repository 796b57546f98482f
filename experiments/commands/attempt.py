"""`trickbench attempt`: one trial of an ablation, from where its folder says it stands."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

from experiments import lease, pause
from experiments.folder import ENDS
from experiments.run.taken import read_trial


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add `trickbench attempt`."""
    parser = subparsers.add_parser(
        "attempt",
        description="Train the trial that a folder is for, or go on with it; one that is finished is left alone. "
        f"Exit code 3: it diverged; {lease.CODE}: another process trains it; {pause.CODE}: it was asked to stop "
        "(SIGUSR1) and goes on the next time.",
    )
    parser.add_argument("--trial", type=Path, required=True, metavar="FOLDER", help="such as runs/trials/4f…")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Train it; under srun with several tasks, as one of them.

    Raises:
        UserError: If the folder is not for a trial, or its code or configs changed.
    """
    from experiments.run.attempts import attempt, attempt_as_rank, is_done, result

    trial = read_trial(args.trial)
    if is_done(trial):
        return next(code for code, state in ENDS.items() if state == (result(trial) or {})["status"])
    pause.keep_waiting()
    if int(os.environ.get("SLURM_NTASKS", "1")) == 1:
        os.environ["SLURM_JOB_NAME"] = "interactive"  # Lightning starts the ranks of one node itself
        return attempt(trial)
    return attempt_as_rank(trial) if int(os.environ.get("SLURM_PROCID", "0")) else attempt(trial)
