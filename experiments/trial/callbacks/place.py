"""Where a training runs: the commits of its code, and the machine."""

import os
import platform
import subprocess
from pathlib import Path
from typing import Any

import torch

from experiments.declare.configs import PACKAGE

SECONDS = 10  # that git may take


def describe_place(device: torch.device) -> dict[str, Any]:
    """The commits of the user's project, in whose folder this runs, and of this package, and the machine.

    Returns:
        `repositories`: name → commit, and whether the files that git knows are as committed; `machine`: in words.
    """
    roots = {"project": _root(Path.cwd()), "trickbench": _root(PACKAGE)}
    if roots["trickbench"] == roots["project"]:
        del roots["trickbench"]
    found = {name: _commit(root) for name, root in roots.items() if root}
    return {"repositories": {name: said for name, said in found.items() if said}, "machine": _machine(device)}


def _root(folder: Path) -> Path | None:
    """The folder of the repository that a folder lies in."""
    return next((above for above in (folder, *folder.parents) if (above / ".git").exists()), None)


def _commit(root: Path) -> dict[str, Any] | None:
    words = ["git", "-C", str(root), "status", "--porcelain=v2", "--branch", "--untracked-files=no"]
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0"}  # other trials look, too
    try:
        said = subprocess.run(
            words, capture_output=True, text=True, timeout=SECONDS, env=environment, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):  # no git, or a folder that it does not trust
        return None
    lines = said.splitlines()
    commit = next((line.rpartition(" ")[2] for line in lines if line.startswith("# branch.oid ")), "")
    return {"commit": commit, "clean": all(line.startswith("#") for line in lines)}


def _machine(device: torch.device) -> str:
    processor = f"{_processor()}, {os.cpu_count()} cores, {platform.system()}"
    return f"{torch.cuda.get_device_name(device)}; {processor}" if device.type == "cuda" else processor


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())
