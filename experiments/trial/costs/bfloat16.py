"""Whether a device computes in bfloat16, or only emulates it and takes longer than in float32."""

import re
from pathlib import Path
from typing import Any

import torch

from experiments.errors import UserError

CPUINFO = Path("/proc/cpuinfo")
FLAG = re.compile(r"\b(avx512_bf16|amx_bf16|bf16|svebf16)\b")  # of x86 and of ARM


def refuse_emulated(trainer: Any) -> None:
    """Refuse a precision that cannot pay back here.

    Args:
        trainer: Of one device.

    Raises:
        UserError: If it asks for bfloat16 and its device has none.
    """
    device = trainer.strategy.root_device
    if str(trainer.precision).startswith("bf16") and not has_bfloat16(device):
        raise UserError(
            f"trainer.precision {trainer.precision} cannot pay back: this {device.type.upper()} only emulates "
            "bfloat16, which takes longer than float32; leave it out, or train where there is bfloat16"
        )


def has_bfloat16(device: torch.device) -> bool:
    """Whether a device says that it computes in bfloat16; one that says nothing is taken to."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    if device.type == "cpu" and CPUINFO.is_file():
        return bool(FLAG.search(CPUINFO.read_text(encoding="utf-8")))
    return True
