"""Memory that a trial needs."""

from pathlib import Path

import torch


class PeakMemory:
    """The most memory held since construction: allocated on a GPU, resident beyond the start on a CPU.

    Args:
        device: Where the model trains.
    """

    def __init__(self, device: torch.device) -> None:
        self.device = device
        if device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(device)
        elif self._status().exists():
            Path("/proc/self/clear_refs").write_text("5")  # resets the high-water mark
            self.start = self._resident("VmRSS")

    def mib(self) -> float | None:
        """MiB, or None where the system does not tell."""
        if self.device.type == "cuda":
            return torch.cuda.max_memory_allocated(self.device) / 2**20
        return (self._resident("VmHWM") - self.start) / 1024 if self._status().exists() else None

    def gpu(self) -> dict[str, float] | None:
        """The peak beside the memory of the GPU, in MiB; None on any other device."""
        if self.device.type != "cuda":
            return None
        there = torch.cuda.get_device_properties(self.device).total_memory / 2**20
        return {"peak_mib": torch.cuda.max_memory_allocated(self.device) / 2**20, "memory_mib": there}

    @staticmethod
    def _status() -> Path:
        return Path("/proc/self/status")

    def _resident(self, field: str) -> int:
        line = next(line for line in self._status().read_text().splitlines() if line.startswith(field))
        return int(line.split()[1])
