"""Gradients and updates, part by part."""

import math
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import torch
from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.utilities import rank_zero_warn
from torch import Tensor
from torch.optim import Optimizer

from lightning_modules.parts import part_of, weights


class GradientMonitor(Callback):
    """Logs the gradient norm and the update-to-weight ratio of every part, and says when gradients vanish or explode.

    As `gradient/<part>`, before clipping, and `update/<part>`, ‖Δw‖ / ‖w‖ of one optimizer step, both means over the
    looks of an epoch. A part is the stem, a stage, the context, the fusion or the head; only weights are looked at.
    Each warning is given once and names the worst layer (Glorot & Bengio 2010, "Understanding the Difficulty of
    Training Deep Feedforward Neural Networks", fig. 7, shows the first kind).

    Args:
        every: Optimizer steps between two looks.
        low: A layer's gradient vanishes below this norm.
        high: A layer's gradient explodes above this norm, or where it is not finite.

    Raises:
        ValueError: If there are no looks, or the bounds are not 0 < low < high.
    """

    def __init__(self, every: int = 20, low: float = 1e-7, high: float = 1e3) -> None:
        if every < 1:
            raise ValueError(f"GradientMonitor: every must be at least 1, got {every}")
        if not 0 < low < high:
            raise ValueError(f"GradientMonitor: bounds must be 0 < low < high, got low={low} and high={high}")
        self.every, self.low, self.high = every, low, high
        self.said: set[str] = set()
        self.before: dict[str, Tensor] = {}

    def state_dict(self) -> dict[str, Any]:
        return {"said": sorted(self.said)}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.said = set(state_dict["said"])

    @torch.no_grad()
    def on_before_optimizer_step(self, trainer: Trainer, pl_module: LightningModule, optimizer: Optimizer) -> None:
        if (trainer.global_step + 1) % self.every:
            return
        self.looked = {name: weight for name, weight in weights(pl_module).items() if weight.grad is not None}
        self.before = {name: weight.clone() for name, weight in self.looked.items()}
        self.gradients = _norms({name: weight.grad for name, weight in self.looked.items()})

    @torch.no_grad()
    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        if not self.before:
            return
        updates = _norms({name: weight - self.before[name] for name, weight in self.looked.items()})
        sizes, gradients = _by_part(_norms(self.before)), _by_part(self.gradients)
        ratios = {part: update / max(sizes[part], 1e-12) for part, update in _by_part(updates).items()}
        logged = {f"gradient/{part}": norm for part, norm in gradients.items()}
        logged |= {f"update/{part}": ratio for part, ratio in ratios.items()}
        self.tell(trainer, pl_module, logged)
        self._warn(trainer.global_step)
        self.before = {}

    def tell(self, trainer: Trainer, pl_module: LightningModule, looked: Mapping[str, float]) -> None:
        """Log what one look showed."""
        pl_module.log_dict(looked, on_step=False, on_epoch=True, batch_size=1)

    def _warn(self, step: int) -> None:
        # NaN is neither below nor above anything: what is not finite is the largest.
        by_size = sorted(self.gradients.items(), key=lambda item: (not math.isfinite(item[1]), item[1]))
        vanished = [(name, norm) for name, norm in by_size if norm < self.low]
        exploded = [(name, norm) for name, norm in reversed(by_size) if not norm <= self.high]
        for kind, layers in (("vanish", vanished), ("explode", exploded)):
            if layers and kind not in self.said:
                (name, norm), more = layers[0], len(layers) - 1
                also = f", and those of {more} other layers" if more else ""
                rank_zero_warn(f"GradientMonitor: at step {step} the gradients {kind}: {norm:.1e} in {name}{also}")
                self.said.add(kind)


def _norms(tensors: Mapping[str, Tensor | None]) -> dict[str, float]:
    """The norm of each, fetched from the device at once."""
    if not tensors:
        return {}
    norms = torch.stack(torch._foreach_norm(list(tensors.values())))  # type: ignore[arg-type]
    return dict(zip(tensors, norms.tolist(), strict=True))


def _by_part(norms: Mapping[str, float]) -> dict[str, float]:
    squares: dict[str, float] = defaultdict(float)
    for name, norm in norms.items():
        squares[part_of(name)] += norm**2
    return {part: square**0.5 for part, square in squares.items()}
