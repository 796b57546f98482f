"""Dice loss."""

from lightning_modules.losses.tversky import Tversky


class Dice(Tversky):
    """1 − 2 Σpg/(Σp + Σg), averaged over the classes that occur (Milletari et al. 2016, "V-Net", sec. 3).

    V-Net squares p and g in the denominator; the linear form is that of later work (Sudre et al. 2017), and
    Tversky's index at α = β = ½.

    Args:
        smooth: Pixels added to numerator and denominator of TP/(TP + ½FP + ½FN).
        ignore_index: Label of pixels that do not count.

    Shape:
        Logits (N, C, H, W), labels (N, H, W) → a scalar.

    Raises:
        ValueError: If `smooth` is negative.
    """

    def __init__(self, smooth: float = 1.0, ignore_index: int = 255) -> None:
        super().__init__(alpha=0.5, beta=0.5, smooth=smooth, ignore_index=ignore_index)
