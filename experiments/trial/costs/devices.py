"""`python -m experiments.trial.costs.devices`: the devices that torch sees, as JSON."""

import json
from typing import Any

import torch


def find_devices() -> dict[str, Any]:
    """GPUs with their memory in GiB, whether Apple's are there, and the threads that torch takes by itself."""
    found = [torch.cuda.get_device_properties(i) for i in range(torch.cuda.device_count())]
    gpus = [{"name": gpu.name, "memory_gib": round(gpu.total_memory / 2**30, 1)} for gpu in found]
    return {"gpus": gpus, "mps": torch.backends.mps.is_available(), "threads": torch.get_num_threads()}


if __name__ == "__main__":
    print(json.dumps(find_devices()))
