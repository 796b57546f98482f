"""What this machine has for trials, found without torch: a child process asks it."""

import json
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from experiments.errors import UserError
from experiments.files import check_folder
from experiments.process import cpus
from experiments.run.launchers import squeue
from experiments.run.launchers.devices import visible_gpus
from experiments.run.launchers.versions import version

PACKAGES = ("trickbench", "torch", "torchvision", "lightning", "torchmetrics", "wandb", "submitit", "ray")
SHARED = {"nfs", "nfs4", "lustre", "gpfs", "beegfs", "ceph", "cifs", "smb3", "fuse.sshfs", "9p", "virtiofs", "wekafs"}
CHILD_SECONDS = 120
GIB = 2**30


def found(runs: Path) -> dict[str, str]:
    """What is found, topic by topic, in words.

    Args:
        runs: Folder of results.
    """
    return {
        "machine": _machine(),
        "devices": _devices(),
        "Slurm": _slurm(),
        "Ray": _ray(),
        "W&B": _wandb(),
        "runs folder": _folder(runs),
        "Python": platform.python_version(),
        **{name: version(name) for name in PACKAGES},
    }


def has_slurm() -> bool:
    """Whether Slurm's commands are here, and it answers."""
    try:
        squeue.refuse_missing()
    except UserError:
        return False
    return not squeue.silence()


def has_ray() -> bool:
    """Whether the package is installed."""
    return version("ray") != "not installed"


def _machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIB
    count = cpus()
    return f"{platform.node()}, {platform.system()}, {count} CPU{'s' * (count > 1)}, {memory:.0f} GiB of memory"


def _devices() -> str:
    """What torch sees; and what the driver lists, where that differs."""
    command = [sys.executable, "-m", "experiments.trial.costs.devices"]
    try:
        safe = os.environ | {"PYTHONSAFEPATH": "1"}  # the current folder may hold a package of the same name
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=CHILD_SECONDS, env=safe)
        seen: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    except subprocess.CalledProcessError as error:
        return f"torch cannot be asked: {(error.stderr.splitlines() or ['it says nothing'])[-1]}"
    except (subprocess.TimeoutExpired, ValueError, IndexError):
        return "torch cannot be asked: it gives no answer"
    gpus = [f"GPU {i}: {gpu['name']}, {gpu['memory_gib']} GiB" for i, gpu in enumerate(seen["gpus"])]
    listed = visible_gpus()
    if len(listed) != len(gpus):
        gpus.append(f"the driver lists {len(listed)}: is this torch built for CPUs?")
    return "; ".join(gpus + ["Apple's GPU (MPS)"] * seen["mps"]) or f"no GPU; CPU threads of torch: {seen['threads']}"


def _slurm() -> str:
    if not shutil.which("sinfo"):
        return "none: sinfo is not on the path"
    rows, fault = squeue.partitions()
    if fault:
        return f"does not answer: {fault.splitlines()[0]}"
    return "; ".join(f"{name}: {nodes} nodes of {cpus} CPUs, {gres}" for name, nodes, cpus, gres in rows).replace(
        ", (null)", ""
    )


def _ray() -> str:
    if not has_ray():
        return "not installed: pip install 'trickbench[ray]'"
    address = os.environ.get("RAY_ADDRESS")
    return f"RAY_ADDRESS says {address}" if address else "no cluster named in RAY_ADDRESS; one is started here"


def _wandb() -> str:
    mode = os.environ.get("WANDB_MODE", "online")
    key = "a key in WANDB_API_KEY" if os.environ.get("WANDB_API_KEY") else "no WANDB_API_KEY"
    return f"mode {mode}, {os.environ.get('WANDB_BASE_URL', 'https://api.wandb.ai')}, {key}"


def _folder(runs: Path) -> str:
    try:
        check_folder(runs)
    except (UserError, OSError) as error:
        return f"cannot be used: {error}"
    kind = _file_system(runs.resolve())
    where = "nodes can share it" if kind in SHARED else "of this machine alone, unless it exports it"
    return f"{runs.resolve()}, writable, {shutil.disk_usage(runs).free / GIB:.0f} GiB free, {kind}: {where}"


def _file_system(folder: Path) -> str:
    """Its kind, by the longest mount point above it."""
    try:
        mounts = [line.split()[1:3] for line in Path("/proc/mounts").read_text(encoding="utf-8").splitlines()]
    except OSError:
        return "unknown file system"
    above = [(len(point), kind) for point, kind in mounts if folder.is_relative_to(point)]
    return max(above, default=(0, "unknown file system"))[1]
