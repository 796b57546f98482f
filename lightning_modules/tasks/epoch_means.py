"""Means over an epoch of what training steps measure, at the price of a sum."""

from collections.abc import Mapping

from lightning.pytorch import LightningModule
from torch import Tensor


def log_means(module: LightningModule, means: Mapping[str, Tensor], batch_idx: int, batch_size: int) -> None:
    """Log values of a training step, each of which becomes its mean over the epoch's images, on all ranks.

    Lightning looks at all that `log` is given anew in each step, and copies what it keeps: longer than a layer of a
    small network. So `log` is called in an epoch's first step, and the later ones go straight to the sums it made.
    """
    sums = module.trainer.fit_loop._results if module._trainer else None
    keys = {f"training_step.{name}": value for name, value in means.items()}
    if not batch_idx or sums is None or not keys.keys() <= sums.keys():
        module.log_dict(means, on_step=False, on_epoch=True, sync_dist=True, batch_size=batch_size)
        return
    for key, value in keys.items():
        sums.update_metrics(key, value.detach(), batch_size)
