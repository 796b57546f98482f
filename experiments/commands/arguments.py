"""What every command about an ablation asks."""

import argparse
from pathlib import Path

from experiments.plan.arms import Plan
from experiments.run.launchers.local import Local


def add_ablation_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the ablation, `--runs` and `--jobs`."""
    parser.add_argument("ablation", help="ablation YAML: a path, or a name in experiments/ablations")
    parser.add_argument("--runs", type=Path, default=Path("runs"), help="folder for results (default: runs)")
    parser.add_argument("--jobs", type=int, help="trials at a time (default: as many as GPUs or CPUs allow)")


def launcher_for(planned: Plan, jobs: int | None) -> Local:
    """The launcher that fits the devices and threads of the ablation's trials."""
    devices = planned.merged(planned.arms[0]).get("trainer", {}).get("devices", 1)
    return Local(jobs, devices if isinstance(devices, int) and devices > 0 else 1, planned.ablation.threads)
