"""Dropout of whole channels before the classifier."""

from torch import nn

from lightning_modules.layers import check_rate
from lightning_modules.rewrites.base import Rewrite
from lightning_modules.rewrites.classifier import drop_before_classifier


class Dropout2d(Rewrite):
    """Dropout of whole channels before the head's classifier, as in `drop_before_classifier`.

    SpatialDropout (Tompson et al. 2015, "Efficient Object Localization", sec. 3.2): a map's neighbours tell what a
    dropped value was.

    Args:
        rate: Probability of dropping, in [0, 1).

    Raises:
        ValueError: If the rate is outside [0, 1).
    """

    def __init__(self, rate: float = 0.1) -> None:
        check_rate(self, rate=rate)
        self.rate = rate

    def __call__(self, network: nn.Module) -> nn.Module:
        return drop_before_classifier(network, nn.Dropout2d(self.rate))
