"""The devices that trials ask for, and those that are there; found without torch."""

import os
import re
import subprocess
from collections.abc import Sequence
from itertools import takewhile
from typing import Any

from experiments.declare.configs import Config
from experiments.errors import UserError
from experiments.process import cpus

ON_GPUS = ("auto", "gpu", "cuda", None)  # accelerators that mean GPUs where there are any


def visible_gpus() -> list[str]:
    """The GPUs that CUDA_VISIBLE_DEVICES allows, or all that nvidia-smi lists."""
    allowed = os.environ.get("CUDA_VISIBLE_DEVICES")
    if allowed is not None:  # CUDA stops at the first that is none
        return list(takewhile(re.compile(r"\d+|(GPU|MIG)-\S+").fullmatch, map(str.strip, allowed.split(","))))
    try:
        listed = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True, check=True, timeout=60).stdout
    except (OSError, subprocess.SubprocessError):
        return []
    return [str(i) for i, line in enumerate(listed.splitlines()) if line.startswith("GPU")]


def wants_gpus(trainers: Sequence[Config]) -> bool:
    """Whether any arm takes GPUs where there are some.

    Args:
        trainers: What each arm sets of the trainer.
    """
    return any(trainer.get("accelerator") in ON_GPUS for trainer in trainers)


def gpus_for(trainers: Sequence[Config]) -> list[str]:
    """The GPUs to hand out to trials; none if all of them ask for another accelerator.

    Args:
        trainers: What each arm sets of the trainer.
    """
    return visible_gpus() if wants_gpus(trainers) else []


def nodes_for(trainers: Sequence[Config]) -> int:
    """The machines that one trial of any arm needs.

    Raises:
        UserError: If it is not a count.
    """
    counts = [str(trainer.get("num_nodes", 1)) for trainer in trainers]
    for count in counts:
        if not re.fullmatch(r"[1-9]\d{0,3}", count):
            raise UserError(f"trainer.num_nodes must be a whole number from 1, got {count}")
    return max(map(int, counts), default=1)


def devices_for(trainers: Sequence[Config], gpus: Sequence[str]) -> int:
    """The devices that one trial of any arm needs; a trial that leaves it to Lightning gets one.

    Raises:
        UserError: If it is not a count, or there are not so many GPUs.
    """
    devices = max((_count(trainer.get("devices"), gpus) for trainer in trainers), default=1)
    if gpus and devices > len(gpus):
        there = f"{len(gpus)}, the GPUs that are there ({', '.join(gpus)})"
        raise UserError(f"trainer.devices must be at most {there}, got {devices}")
    return devices


def refuse_few_cpus(devices: int) -> None:
    """Refuse more devices than this machine has CPUs, for trials that run on these: each is a process.

    Raises:
        UserError: Says how many there are.
    """
    there = cpus()
    if devices > there:
        raise UserError(f"trainer.devices must be at most {there}, the CPUs of this machine, got {devices}")


def _count(devices: Any, gpus: Sequence[str]) -> int:
    if devices in (None, "auto"):
        return 1
    if devices in (-1, "-1") and gpus:
        return len(gpus)
    text = "" if isinstance(devices, bool) else str(devices).strip()
    if not re.fullmatch(r"0*[1-9]\d{0,3}", text):
        wanted = f"a count from 1, auto for one, or -1 for all GPUs{'' if gpus else ' (there are none)'}"
        raise UserError(f"trainer.devices must be {wanted}; which ones it gets is the runner's choice, got {devices!r}")
    return int(text)
