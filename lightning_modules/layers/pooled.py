"""Pooling, then a convolution with a norm: where BatchNorm may be left with nothing to train on."""

from torch import Tensor, nn

from lightning_modules.layers.conv import ConvNormAct


class Pooled(nn.Sequential):
    """A pooling, then convolution, norm and activation: the pooled branch of PPM, ASPP, FPA and GAU.

    A map pooled to 1 × 1 has one value a channel and sample. BatchNorm at batch 1 would subtract that value
    from itself, so training is refused with a message that says what helps. Other norms train.

    Args:
        pool: The pooling.
        conv: The convolution, norm and activation that follow.
        block: Name of the block that this is a branch of, for the message.

    Shape:
        (N, C, H, W) → (N, out_channels, h, w), with h and w from the pooling.

    Raises:
        ValueError: In training, if BatchNorm gets one value a channel.
    """

    def __init__(self, pool: nn.Module, conv: ConvNormAct, block: str) -> None:
        super().__init__(pool, *conv)
        self.block = block

    def forward(self, x: Tensor) -> Tensor:
        pool, *rest = self
        x = pool(x)
        learns_statistics = any(isinstance(module, nn.BatchNorm2d) and module.training for module in rest)
        if learns_statistics and x.shape[0] * x.shape[2] * x.shape[3] == 1:
            raise ValueError(
                f"{self.block}: BatchNorm cannot train on one value a channel, got batch 1 pooled to 1 × 1; "
                "use a batch of 2 or more, or the GroupNorm rewrite where there is more than one channel"
            )
        for module in rest:
            x = module(x)
        return x
