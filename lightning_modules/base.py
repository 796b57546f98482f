"""What every task shares: a paired network, rewrites, optimizer and schedule."""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import torch
from lightning.pytorch import LightningModule
from lightning.pytorch.utilities.types import OptimizerLRSchedulerConfig
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler
from torch.optim.optimizer import ParamsT

from lightning_modules.optim import ParameterRule, Plateau, make_optimizer
from lightning_modules.pairing import build_paired, global_seed, key, stream
from lightning_modules.rewrites import Rewrite

OptimizerSlot: TypeAlias = Callable[[ParamsT], Optimizer]
ScheduleSlot: TypeAlias = Callable[[Optimizer, int], LRScheduler]


class DenseModule(LightningModule):
    """A dense-prediction task: everything but the network's shape, the loss and the metric.

    Args:
        build: Makes the network; called twice, see `pairing.build_paired`.
        optimizer: Makes the optimizer from the parameters.
        schedule: Makes the schedule from the optimizer and the number of optimizer steps of the run.
        rewrites: Changes to the built network, in this order.
        parameter_rules: What some parameters get of the optimizer that others do not.
    """

    def __init__(
        self,
        build: Callable[[], nn.Module],
        optimizer: OptimizerSlot,
        schedule: ScheduleSlot,
        rewrites: Sequence[Rewrite],
        parameter_rules: Sequence[ParameterRule] = (),
    ) -> None:
        super().__init__()
        self.seed = global_seed()
        self.network = build_paired(build, self.seed)
        for rewrite in rewrites:
            with stream(self.seed, type(rewrite).__name__):
                self.network = rewrite(self.network)
        self.optimizer = optimizer
        self.schedule = schedule
        self.parameter_rules = parameter_rules

    def forward(self, image: Tensor) -> Any:
        return self.network(image)

    @property
    def data(self) -> Any:
        """The data module that the trainer was given, or None."""
        return getattr(self.trainer, "datamodule", None)

    def configure_optimizers(self) -> OptimizerLRSchedulerConfig:
        steps = self.trainer.estimated_stepping_batches
        if steps == float("inf"):
            raise ValueError("a schedule needs the length of the run: set trainer.max_epochs or trainer.max_steps")
        optimizer = make_optimizer(self.optimizer, self, self.parameter_rules)
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": self.schedule(optimizer, int(steps)), "interval": "step"},
        }

    def on_validation_end(self) -> None:
        schedule = self.lr_schedulers()
        if isinstance(schedule, Plateau) and not self.trainer.sanity_checking:
            schedule.observe(self.trainer.callback_metrics)

    def on_train_batch_start(self, batch: Any, batch_idx: int) -> None:
        # Dropout's stream. Named by the batch, so that a resumed run draws what an uninterrupted one would, and
        # by the rank, so that two ranks do not drop the same units.
        torch.manual_seed(key(self.seed, "dropout", self.current_epoch, batch_idx, self.global_rank))
