"""No normalisation."""

from torch import nn

from lightning_modules.layers import Shift
from lightning_modules.rewrites.base import Rewrite
from lightning_modules.rewrites.norms import BatchNorm, replace_norms


class NoNorm(Rewrite):
    """No normalisation, as before BatchNorm (Ioffe & Szegedy 2015): a counter-example.

    β stays: it is the bias that a convolution without a norm has, and the convolutions here have none of their own.
    γ goes: without a norm before it, the convolution's weights can do the same.

    Raises:
        ValueError: If there is no BatchNorm.
    """

    def __call__(self, network: nn.Module) -> nn.Module:
        return replace_norms(self, network, self._bias)

    def _bias(self, _: str, norm: BatchNorm) -> nn.Module:
        return Shift(norm.num_features) if norm.affine else nn.Identity()
