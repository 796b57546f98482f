"""Dropout before the classifier."""

from torch import nn

from lightning_modules.rewrites.classifier import ClassifierDropout


class Dropout(ClassifierDropout):
    """Dropout of single values before the head's classifier (Srivastava et al. 2014), as in `ClassifierDropout`.

    Args:
        rate: Probability of dropping, in [0, 1).

    Raises:
        ValueError: If the rate is outside [0, 1).
    """

    def dropout(self) -> nn.Module:
        return nn.Dropout(self.rate)
