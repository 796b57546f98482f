"""A learning rate in proportion to the batch."""

from typing import Any

from torch import nn

from lightning_modules.optim.groups import Factors, ParameterRule
from lightning_modules.optim.length import train_loader


class LinearScaling(ParameterRule):
    """The learning rate is multiplied by batch / `base_batch` (Goyal et al. 2017, "Large Minibatch SGD", sec. 2.1).

    The batch is what goes into one optimizer step: images a batch × accumulated batches × devices. The paper
    combines it with a warmup.

    Args:
        base_batch: Batch that the optimizer's learning rate was chosen for.

    Raises:
        ValueError: If the base batch is below 1.
    """

    def __init__(self, base_batch: int = 16) -> None:
        if base_batch < 1:
            raise ValueError(f"LinearScaling: base_batch must be at least 1, got {base_batch}")
        self.base_batch = base_batch

    def factors(self, module: nn.Module) -> dict[str, Factors]:
        trainer: Any = module.trainer
        batch = train_loader(trainer).batch_size * trainer.accumulate_grad_batches * trainer.world_size
        names = [name for name, _ in module.named_parameters()]
        return dict.fromkeys(names, Factors(lr=batch / self.base_batch))
