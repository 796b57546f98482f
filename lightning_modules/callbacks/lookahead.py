"""Slow weights that follow the fast ones."""

from typing import Any

import torch
from lightning.pytorch import Callback, LightningModule, Trainer
from torch import Tensor


class Lookahead(Callback):
    """k steps of any optimizer, then one back: slow += α (fast − slow), fast ← slow (Zhang et al. 2019, alg. 1).

    Validation has the fast weights, which are the slow ones wherever k divides the steps of an epoch.

    Args:
        alpha: Step of the slow weights.
        k: Optimizer steps between two of the slow weights'.

    Raises:
        ValueError: If alpha lies outside (0, 1), or k is below 2.
    """

    def __init__(self, alpha: float = 0.5, k: int = 5) -> None:
        if not 0 < alpha < 1:
            raise ValueError(f"Lookahead: alpha must lie in (0, 1), got {alpha}")
        if k < 2:
            raise ValueError(f"Lookahead: k must be at least 2, got {k}")
        self.alpha, self.k = alpha, k
        self.steps = 0
        self.slow: list[Tensor] = []

    def state_dict(self) -> dict[str, Any]:
        return {"steps": self.steps, "slow": self.slow}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.steps, self.slow = state_dict["steps"], state_dict["slow"]

    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.fast: list[Tensor] = [parameter for parameter in pl_module.parameters() if parameter.requires_grad]
        self.slow = [slow.detach().clone().to(pl_module.device) for slow in self.slow or self.fast]
        trainer.optimizers[0].register_step_post_hook(self._look_back)

    @torch.no_grad()
    def _look_back(self, *_: Any) -> None:
        self.steps += 1
        if self.steps % self.k == 0:
            torch._foreach_lerp_(self.slow, self.fast, self.alpha)
            torch._foreach_copy_(self.fast, self.slow)
