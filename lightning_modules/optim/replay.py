"""A schedule taken to where a resumed run stands."""

import warnings
from collections.abc import Callable
from typing import Any

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from lightning_modules.optim.plateau import Plateau


def replay_schedule(optimizer: Optimizer, make: Callable[[], LRScheduler], checkpoint: dict[str, Any]) -> None:
    """Change a checkpoint so that the run goes on as if it had had the length of a new schedule from the start.

    Args:
        optimizer: Made anew; its groups are used up.
        make: Makes the schedule of the new length on it.
        checkpoint: Lightning's; the state of the schedule is replaced, and so is what a schedule sets in the groups of
            the optimizer, the rates and, by `OneCycle`, the momentum. The reductions of a `Plateau` stay.
    """
    before = [dict(group) for group in optimizer.param_groups]
    schedule, saved = make(), checkpoint["lr_schedulers"][0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch misses the optimizer's steps
        for _ in range(saved["last_epoch"]):
            schedule.step()
    if isinstance(schedule, Plateau):
        schedule.load_state_dict(saved)
    checkpoint["lr_schedulers"][0] = schedule.state_dict()
    groups = checkpoint["optimizer_states"][0]["param_groups"]
    for group, then, now in zip(groups, before, optimizer.param_groups, strict=True):
        group |= {name: now[name] for name in now if name != "params" and (name not in then or now[name] != then[name])}
        group["lr"] = now["lr"]
