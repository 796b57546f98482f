"""What every backbone is: image in, pyramid out."""

from collections.abc import Iterable

from torch import Tensor, nn

from lightning_modules.layers import Level


class Backbone(nn.Module):
    """A network that turns an image into a feature pyramid.

    A subclass sets `self.levels`, the levels it returns, in its constructor.

    Shape:
        (N, 3, H, W) → a list of (N, C_i, ⌈H / stride_i⌉, ⌈W / stride_i⌉), fine to coarse.
    """

    levels: tuple[Level, ...]

    def forward(self, image: Tensor) -> list[Tensor]:
        raise NotImplementedError


def run_stages(x: Tensor, stages: Iterable[nn.Module]) -> list[Tensor]:
    """The output of every stage, each fed with the one before."""
    pyramid = []
    for stage in stages:
        x = stage(x)
        pyramid.append(x)
    return pyramid
