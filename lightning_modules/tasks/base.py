"""Base class of the tasks: a paired network, rewrites, optimizer, schedule, and what it needs to know of the data."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, TypeAlias

import torch
from lightning.pytorch import Callback, LightningModule
from lightning.pytorch.strategies import DDPStrategy
from lightning.pytorch.utilities import rank_zero_warn
from lightning.pytorch.utilities.types import OptimizerLRSchedulerConfig
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler
from torch.optim.optimizer import ParamsT
from torchmetrics import MeanMetric

from lightning_modules.callbacks.optimizer_average import OptimizerAverage
from lightning_modules.layers.one_value import refuse_one_value
from lightning_modules.losses import PixelLoss
from lightning_modules.optim import ParameterRule, Plateau, make_optimizer
from lightning_modules.optim.length import finite_steps
from lightning_modules.optim.replay import replay_schedule
from lightning_modules.pairing import build_paired, global_seed, key, seed_generators, stream
from lightning_modules.rewrites import Rewrite

OptimizerSlot: TypeAlias = Callable[[ParamsT], Optimizer]
ScheduleSlot: TypeAlias = Callable[[Optimizer, int], LRScheduler]


class DenseModule(LightningModule):
    """A dense-prediction task: everything but the network's shape, its steps and the metric.

    Subclasses define the steps, `elements` and `scores`.

    Args:
        build: Makes the network; called twice, see `pairing.build_paired`.
        num_classes: Classes of the data.
        loss: On classes.
        optimizer: Makes the optimizer from the parameters.
        schedule: Makes the schedule from the optimizer and the number of optimizer steps of the run.
        rewrites: Changes to the built network, in this order.
        parameter_rules: What some parameters get of the optimizer that others do not.

    Raises:
        ValueError: If the loss does not fit the number of classes, or, in `setup`, the data has another number or
            ignores another label; in use, if a norm gets one value to normalise.
    """

    data_classes: ClassVar[str] = "classes"
    """Attribute of the data module that names the classes."""
    data_classes_are: ClassVar[str] = ""
    """Noun for them in errors; empty where `classes` says it."""
    class_names: tuple[str, ...] = ()
    """In the order of the labels; known in use, and to a checkpoint."""
    loaded_data: Any = None

    def __init__(
        self,
        build: Callable[[], nn.Module],
        num_classes: int,
        loss: PixelLoss,
        optimizer: OptimizerSlot,
        schedule: ScheduleSlot,
        rewrites: Sequence[Rewrite],
        parameter_rules: Sequence[ParameterRule] = (),
    ) -> None:
        super().__init__()
        self.num_classes = num_classes
        loss.check(self.num_labels)
        self.seed = global_seed()
        self.network = build_paired(build, self.seed)
        for rewrite in rewrites:
            with stream(self.seed, type(rewrite).__name__):
                self.network = rewrite(self.network)
        self.loss = loss
        self.mean_loss = MeanMetric()
        self.optimizer = optimizer
        self.schedule = schedule
        self.parameter_rules = parameter_rules

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "_current_fx_name":  # Lightning's, fifty times a step: torch would look whether it is a parameter
            object.__setattr__(self, name, value)
        else:
            super().__setattr__(name, value)

    def forward(self, image: Tensor) -> Any:
        with refuse_one_value(self):
            return self.network(image)

    @property
    def data(self) -> Any:
        """The data module: the trainer's or, without a trainer, the one that `load` found in the config; or None."""
        return self.loaded_data if self._trainer is None else getattr(self.trainer, "datamodule", None)

    @property
    def num_labels(self) -> int:
        """Labels that the loss knows: one a class."""
        return self.num_classes

    def elements(self, batch: dict[str, Any]) -> Tensor:
        """The label of every element that the loss is on, of any shape; the loss's `ignore_index` does not count."""
        raise NotImplementedError

    def scores(self) -> Mapping[str, Tensor | float]:
        """The metrics by name, over the data of all ranks since the last call."""
        raise NotImplementedError

    def setup(self, stage: str) -> None:
        if isinstance(self.trainer.strategy, DDPStrategy):
            # A head may leave levels unread, as FCNHead an FPN's coarser ones: their weights get no gradient. Whoever
            # knows that none does says so before.
            self.trainer.strategy._ddp_kwargs.setdefault("find_unused_parameters", True)
        names = getattr(self.data, self.data_classes, None)
        self.class_names = tuple(map(str, range(self.num_classes)) if names is None else names)
        if len(self.class_names) != self.num_classes:
            raise ValueError(
                f"{type(self).__name__}: num_classes is {self.num_classes}, but the data has "
                f"{len(self.class_names)}{self.data_classes_are}: {', '.join(self.class_names) or 'none'}"
            )
        ignored = getattr(self.data, "ignore_index", None)
        # What a detector ignores are anchors, whose labels it makes itself.
        if self.data_classes == "classes" and ignored not in (None, self.loss.ignore_index):
            raise ValueError(
                f"{type(self.loss).__name__}: ignore_index must be {ignored}, the label of what does not count in the "
                f"data, got {self.loss.ignore_index}"
            )
        if self.loss.needs_class_counts and stage != "predict":
            self.loss.set_class_counts(self._class_counts())

    def _class_counts(self) -> Tensor:
        """Elements of each label in the training data; each rank counts its share, all get the sum."""
        strategy, counts = self.trainer.strategy, torch.zeros(self.num_labels, dtype=torch.long)
        counts = counts.to(strategy.root_device)  # the module itself gets there after `setup`
        for batch in self.data.train_dataloader():
            labels = self.elements(self.transfer_batch_to_device(batch, counts.device, 0))
            counts += labels[labels != self.loss.ignore_index].bincount(minlength=self.num_labels)
        return strategy.reduce(counts, reduce_op="sum").to(self.device)

    def on_validation_epoch_end(self) -> None:
        self._log_scores("val")

    def on_test_epoch_end(self) -> None:
        self._log_scores("test")

    def _log_scores(self, split: str) -> None:
        scores = {**self.scores(), "loss": self.mean_loss.compute()}
        # They are of all ranks already.
        self.log_dict({f"{split}/{name}": value for name, value in scores.items()}, rank_zero_only=False)
        self.mean_loss.reset()

    def configure_callbacks(self) -> list[Callback]:
        """What an optimizer with modes of its own needs."""
        has_modes = hasattr(make_optimizer(self.optimizer, self, ()), "eval")
        return [OptimizerAverage()] if has_modes and self.trainer.state.fn == "fit" else []

    def configure_optimizers(self) -> OptimizerLRSchedulerConfig:
        self.total_steps = finite_steps(self.trainer)
        optimizer = make_optimizer(self.optimizer, self, self.parameter_rules)
        schedule = self.schedule(optimizer, self.total_steps)
        if isinstance(schedule, Plateau) and not self.trainer.enable_validation:
            raise ValueError("Plateau: waits for validations, and the run has none; raise trainer.limit_val_batches")
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint["total_steps"] = self.total_steps
        checkpoint["class_names"] = list(self.class_names)

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Where the length of the run was changed, the schedule goes on as if it had been the new one all along."""
        before = checkpoint.get("total_steps")
        if self._trainer is None:  # to use it, not to train on
            self.class_names = tuple(checkpoint.get("class_names", ()))
        if before is None or self._trainer is None or self.trainer.state.fn != "fit":
            return
        steps, done = finite_steps(self.trainer), checkpoint["global_step"]
        if steps < done:
            raise ValueError(f"the checkpoint is of step {done}, the run is of {steps} steps: it must not be shorter")
        if steps != before:
            optimizer = make_optimizer(self.optimizer, self, self.parameter_rules)
            replay_schedule(optimizer, lambda: self.schedule(optimizer, steps), checkpoint)
            rank_zero_warn(
                f"the run was begun with {before} steps and now has {steps}: from step {done} on its schedule is the "
                f"one of {steps} steps, as if it had been that all along"
            )

    def on_validation_end(self) -> None:
        schedule = self.lr_schedulers()
        if isinstance(schedule, Plateau) and not self.trainer.sanity_checking:
            schedule.observe(self.trainer.callback_metrics)

    def on_train_batch_start(self, batch: Any, batch_idx: int) -> None:
        # Dropout's stream. Named by the batch, so that a resumed run draws what an uninterrupted one would, and
        # by the rank, so that two ranks do not drop the same units.
        seed = key(self.seed, "dropout", self.current_epoch, batch_idx, self.global_rank)
        seed_generators(self.device, seed)
