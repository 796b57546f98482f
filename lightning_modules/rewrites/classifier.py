"""Dropout where it stands in dense prediction: before the classifier."""

from abc import ABC, abstractmethod
from functools import partial
from typing import Any

from torch import Tensor, nn

from lightning_modules.layers import check_rate
from lightning_modules.rewrites.base import Rewrite


class ClassifierDropout(Rewrite, ABC):
    """Drops what the classifier reads; a subclass says in which pieces.

    The classifier is what a head calls `classify`; in a network without one, the last convolution. SemanticFPNHead
    applies its classifier to the finest level's share of the sum alone, so there the coarser levels' share is not
    dropped.

    Args:
        rate: Probability of dropping, in [0, 1).

    Raises:
        ValueError: If the rate is outside [0, 1).
    """

    def __init__(self, rate: float = 0.1) -> None:
        check_rate(self, rate=rate)
        self.rate = rate

    @abstractmethod
    def dropout(self) -> nn.Module:
        """The layer that drops."""

    def __call__(self, network: nn.Module) -> nn.Module:
        named = [module for name, module in network.named_modules() if name.split(".")[-1] == "classify"]
        classifier = [*(module for module in network.modules() if isinstance(module, nn.Conv2d)), *named][-1]
        name = type(self).__name__
        classifier.register_module(name, self.dropout())
        classifier.register_forward_pre_hook(partial(_drop, name))  # a module around it would rename its weight
        return network


def _drop(name: str, classifier: nn.Module, inputs: tuple[Any]) -> tuple[Tensor | list[Tensor]]:
    dropout, (x,) = classifier.get_submodule(name), inputs
    return ([dropout(level) for level in x] if isinstance(x, list) else dropout(x),)
