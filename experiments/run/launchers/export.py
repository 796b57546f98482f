"""Trials for others to start: command lines, a job array of Slurm, a sweep of W&B; results lie where ours do."""

import os
import shlex
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import yaml

from experiments import pause
from experiments.files import write_whole
from experiments.plan.arms import Trial
from experiments.run.launchers import squeue
from experiments.run.launchers.launcher import Launcher
from experiments.run.launchers.slurm import Slurm

PROGRAM = (sys.executable, "-m", "experiments")
AGENTS_OWN = ("WANDB_SWEEP_ID", "WANDB_RUN_ID", "WANDB_SWEEP_PARAM_PATH")  # W&B would put them before a trial's own run


def export_trials(trials: Sequence[Trial], folder: Path, kind: str, launcher: Launcher) -> Path:
    """Write what starts trials elsewhere; nothing is started.

    Args:
        trials: Taken ones: what else lay in their folders is moved.
        folder: Of the ablation.
        kind: A key of `KINDS`.
        launcher: Says what a job asks of Slurm, if it is one for Slurm.

    Returns:
        The file.
    """
    name, write = KINDS[kind]
    with write_whole(folder / name) as file:
        file.write(write(trials, folder, launcher))
    return folder / name


def _commands(trials: Sequence[Trial], folder: Path, launcher: Launcher) -> str:
    here = shlex.quote(os.getcwd())
    return "".join(f"cd {here} && {shlex.join([*PROGRAM, *trial.argv])}\n" for trial in trials)


def _array(trials: Sequence[Trial], folder: Path, launcher: Launcher) -> str:
    slurm = launcher if isinstance(launcher, Slurm) else Slurm(launcher.demand)
    logs, last = folder.absolute() / "slurm", len(trials) - 1
    logs.mkdir(exist_ok=True)
    own = {"job_name": slurm.submission.name, "array": f"0-{last}", "output": logs / "%A_%a.txt", "open_mode": "append"}
    flags = squeue.words({**own, "signal": f"USR1@{slurm.submission.grace}", **slurm.flags()})
    return "\n".join(
        [
            "#!/bin/bash",
            *(f"#SBATCH {flag}" for flag in flags),
            *slurm.submission.setup,
            f"cd {shlex.quote(os.getcwd())} || exit 1",
            "trials=(",
            *(f"  {shlex.quote(str(trial.folder))}" for trial in trials),
            ")",
            f'srun {shlex.join(PROGRAM)} attempt --trial "${{trials[$SLURM_ARRAY_TASK_ID]}}"',
            "code=$?",
            f"if [ $code -eq {pause.CODE} ]; then  # its time was over: it goes on from its checkpoint",
            '  scontrol requeue "${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID"',
            "fi",
            "exit $code\n",
        ]
    )


def _sweep(trials: Sequence[Trial], folder: Path, launcher: Launcher) -> str:
    unset = (f"--unset={name}" for name in AGENTS_OWN)
    sweep = {
        "name": folder.name,
        "method": "grid",
        "parameters": {"trial": {"values": [str(trial.folder) for trial in trials]}},
        "command": ["/usr/bin/env", "--chdir", os.getcwd(), *unset, *PROGRAM, "attempt", "${args}"],
    }
    heading = "# wandb sweep this file; then, wherever this folder is seen: wandb agent …\n"
    return heading + yaml.safe_dump(sweep, sort_keys=False)


KINDS: dict[str, tuple[str, Callable[[Sequence[Trial], Path, Launcher], str]]] = {
    "commands": ("commands.sh", _commands),
    "slurm": ("array.sh", _array),
    "sweep": ("sweep.yaml", _sweep),
}
