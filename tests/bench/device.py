"""The GPU that is measured, and its clock."""

import time

import torch


def machine() -> str:
    """What it is called."""
    return f"one {torch.cuda.get_device_name()}"


def now() -> float:
    """Seconds, once the device has done what it was given."""
    torch.cuda.synchronize()
    return time.perf_counter()
