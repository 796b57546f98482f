"""Dropout before the classifier."""

from torch import nn

from lightning_modules.layers import check_rate
from lightning_modules.rewrites.base import Rewrite
from lightning_modules.rewrites.classifier import drop_before_classifier


class Dropout(Rewrite):
    """Dropout of single values before the head's classifier (Srivastava et al. 2014), as in `drop_before_classifier`.

    Args:
        rate: Probability of dropping, in [0, 1).

    Raises:
        ValueError: If the rate is outside [0, 1).
    """

    def __init__(self, rate: float = 0.1) -> None:
        check_rate(self, rate=rate)
        self.rate = rate

    def __call__(self, network: nn.Module) -> nn.Module:
        return drop_before_classifier(network, nn.Dropout(self.rate))
