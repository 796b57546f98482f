"""BatchNorm's statistics, measured anew."""

from collections.abc import Iterable
from typing import Any

import torch
from lightning.pytorch import LightningModule, Trainer
from torch.nn.modules.batchnorm import _BatchNorm


@torch.no_grad()
def refresh_batch_norm(trainer: Trainer, pl_module: LightningModule, batches: Iterable[Any]) -> None:
    """Give every BatchNorm the mean of its batch statistics over some batches, over all ranks.

    Everything else runs as it does in use: there is no dropout, as in torch's `update_bn` there would be.

    Args:
        trainer: Moves the batches and reduces over ranks.
        pl_module: Left in the modes that it came in.
        batches: With an `image`.
    """
    norms = [m for m in pl_module.modules() if isinstance(m, _BatchNorm) and m.track_running_stats]
    if not norms:
        return
    modes, momenta = {m: m.training for m in pl_module.modules()}, [norm.momentum for norm in norms]
    pl_module.eval()
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the mean over all batches
        norm.train()
    for batch in batches:
        with trainer.precision_plugin.forward_context():
            pl_module(trainer.strategy.batch_to_device(batch)["image"])
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
        for statistic in (norm.get_buffer("running_mean"), norm.get_buffer("running_var")):
            statistic.copy_(trainer.strategy.reduce(statistic, reduce_op="mean"))
    for module, training in modes.items():
        module.training = training
