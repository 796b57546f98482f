"""Weights that the loss does not reach: found while costs are measured, and told to DDP where a trial trains."""

from pathlib import Path
from typing import Any

from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.strategies import DDPStrategy

from experiments.errors import UserError
from experiments.files import read_json
from experiments.folder import TRIAL

SEARCH = "find_unused_parameters"  # torch's word, and that of trial.json


class Reach(Callback):
    """Notes which trainable weights any backward pass left without a gradient.

    A head may leave levels unread, as FCNHead an FPN's coarser ones; a class of one's own may skip a branch in some
    steps. What is multiplied by 0, as drop path does it, is reached; what is frozen does not train.
    """

    def __init__(self) -> None:
        self.missed: set[str] = set()

    def on_after_backward(self, trainer: Trainer, pl_module: LightningModule) -> None:
        weights = pl_module.named_parameters()
        self.missed |= {name for name, weight in weights if weight.requires_grad and weight.grad is None}


class AllReached(Reach):
    """Ends a training in which DDP does not look for weights without gradient, and a step left one.

    The rank would go on with a gradient that is its own alone, and the others wait for it for ever.
    """

    def on_after_backward(self, trainer: Trainer, pl_module: LightningModule) -> None:
        super().on_after_backward(trainer, pl_module)
        if self.missed:
            found = (
                f"step {trainer.global_step} gives {min(self.missed)} no gradient, though each did that was measured"
            )
            raise UserError(f"{found}; set trainer.strategy to ddp_find_unused_parameters_true")


def spare_search(trainer: Trainer, made_from: Any) -> None:
    """Let DDP not look for weights without gradient in each step, where measuring found that there are none.

    Looking costs a pass over the graph, and a sum over the ranks. What the strategy itself says comes first. Where
    nothing was measured, as of a trial by hand, or batches are accumulated, the model lets it look.

    Args:
        trainer: Of a fit.
        made_from: What the training is made from; its folder may tell of another.
    """
    told = read_json(Path(trainer.default_root_dir) / TRIAL) or {}
    strategy, accumulated = trainer.strategy, trainer.accumulate_grad_batches > 1
    if told.get(SEARCH) is not False or told.get("made_from") != made_from or accumulated:
        return
    if isinstance(strategy, DDPStrategy) and SEARCH not in strategy._ddp_kwargs:
        strategy._ddp_kwargs[SEARCH] = False
        trainer.callbacks.append(AllReached())  # type: ignore[attr-defined]
