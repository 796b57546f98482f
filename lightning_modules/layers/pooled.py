"""Pooling, then a convolution with a norm: where a norm may be left with nothing to train on."""

from torch import nn

from lightning_modules.layers.conv import ConvNormAct


class Pooled(nn.Sequential):
    """A pooling, then convolution, norm and activation: the pooled branch of PPM, ASPP, FPA and GAU.

    A map pooled to 1 × 1 has one value a channel and sample: BatchNorm cannot train on it at batch 1, and rewrites
    refuse a norm that would subtract the value from itself at any batch.

    Args:
        pool: The pooling.
        conv: The convolution, norm and activation that follow.

    Shape:
        (N, C, H, W) → (N, out_channels, h, w), with h and w from the pooling.
    """

    def __init__(self, pool: nn.Module, conv: ConvNormAct) -> None:
        super().__init__(pool, *conv)

    @property
    def to_one_pixel(self) -> bool:
        """Whether every map is pooled to 1 × 1."""
        return getattr(self[0], "output_size", None) in (1, (1, 1))
