"""Penalties on the weights, added to the loss."""

from abc import ABC, abstractmethod

import torch
from lightning.pytorch import Callback, LightningModule, Trainer
from torch import Tensor
from torch.optim import Optimizer

from lightning_modules.layers import check_scale
from lightning_modules.parts import weights


class Penalty(Callback, ABC):
    """Adds a penalty to the loss by adding its gradient to the loss's, once an optimizer step.

    So it is the same under any number of accumulated batches and devices, and `train/loss` stays comparable between
    arms. Biases and normalisations are not penalised (Goodfellow et al. 2016, "Deep Learning", sec. 7.1).

    Args:
        strength: λ.

    Raises:
        ValueError: If the strength is not positive.
    """

    def __init__(self, strength: float) -> None:
        check_scale(self, strength=strength)
        self.strength = strength

    @abstractmethod
    def gradient(self, weight: Tensor) -> Tensor:
        """Of the penalty for λ = 1."""

    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.weights = [*weights(pl_module).values()]

    @torch.no_grad()
    def on_before_optimizer_step(self, trainer: Trainer, pl_module: LightningModule, optimizer: Optimizer) -> None:
        for weight in self.weights:
            gradient = torch.zeros_like(weight) if weight.grad is None else weight.grad
            weight.grad = gradient.add_(self.gradient(weight), alpha=self.strength)


class L1Penalty(Penalty):
    """Adds λ Σ |w| to the loss (Tibshirani 1996, "the Lasso"; Goodfellow et al. 2016, "Deep Learning", sec. 7.1.2).

    A subgradient step jumps over zero: weights become small, hardly ever zero. `L1Proximal` makes zeros.

    Args:
        strength: λ.

    Raises:
        ValueError: If the strength is not positive.
    """

    def __init__(self, strength: float = 1e-4) -> None:
        super().__init__(strength)

    def gradient(self, weight: Tensor) -> Tensor:
        return weight.sign()


class L2Penalty(Penalty):
    """Adds λ/2 Σ w² to the loss (Krogh & Hertz 1991, "A Simple Weight Decay Can Improve Generalization", eq. 1).

    Under SGD it is weight decay; under an adaptive optimizer it is not (Loshchilov & Hutter 2019, "Decoupled Weight
    Decay Regularization", prop. 2).

    Args:
        strength: λ.

    Raises:
        ValueError: If the strength is not positive.
    """

    def __init__(self, strength: float = 1e-4) -> None:
        super().__init__(strength)

    def gradient(self, weight: Tensor) -> Tensor:
        return weight
