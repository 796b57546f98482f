"""How many images go into a step where a trial takes several devices: each has a batch of its own."""

from collections.abc import Mapping
from typing import Any

from experiments.declare.configs import Config
from experiments.plan.planned import Plan


def batch_line(planned: Plan) -> str:
    """A line on the batches of all devices together, by arm where they differ; nothing where each trial takes one."""
    arms: dict[str, list[str]] = {}
    for arm in planned.arms:
        if not arm.tunes and (said := _step(arm.merged)):
            arms.setdefault(said, []).append(arm.name)
    if not arms:
        return ""
    shared = len(arms) == 1 and len(next(iter(arms.values()))) == sum(not arm.tunes for arm in planned.arms)
    steps = "; ".join(said if shared else f"{', '.join(names)}: {said}" for said, names in arms.items())
    return f"images a step: {steps} (rates stay as they are, unless LinearScaling scales them)\n"


def _step(config: Config) -> str:
    """Devices × images × batches of a step; nothing for one device, or where only the machine knows how many."""
    trainer, data = config.get("trainer", {}), config.get("data", {}).get("init_args", {})
    devices = _count(trainer, "devices") * _count(trainer, "num_nodes")
    if devices < 2:
        return ""
    batch, accumulated = data.get("batch_size"), _count(trainer, "accumulate_grad_batches")
    several = f" × {accumulated} batches" * (accumulated > 1)
    if not isinstance(batch, int):
        return f"{devices} devices × batch_size{several}"
    return f"{devices} devices × {batch} images{several} = {devices * batch * accumulated}"


def _count(trainer: Mapping[str, Any], key: str) -> int:
    text = str(trainer.get(key, 1)).strip()
    return int(text) if text.isdecimal() else 1
