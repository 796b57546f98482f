"""Dropout of whole channels before the classifier."""

from torch import nn

from lightning_modules.rewrites.classifier import ClassifierDropout


class Dropout2d(ClassifierDropout):
    """Dropout of whole channels before the head's classifier, as in `ClassifierDropout`.

    SpatialDropout (Tompson et al. 2015, "Efficient Object Localization", sec. 3.2): a map's neighbours tell what a
    dropped value was.

    Args:
        rate: Probability of dropping, in [0, 1).

    Raises:
        ValueError: If the rate is outside [0, 1).
    """

    def dropout(self) -> nn.Module:
        return nn.Dropout2d(self.rate)
