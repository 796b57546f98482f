"""Base class of the backbones: image in, pyramid out."""

from abc import ABC, abstractmethod
from collections.abc import Iterable

from torch import Tensor, nn

from lightning_modules.layers import Level

STRIDES = (4, 8, 16, 32)  # of the four stages that classification networks have had since ResNet


class Backbone(nn.Module, ABC):
    """A network that turns an image into a feature pyramid.

    A subclass sets `self.levels`, the levels it returns, in its constructor. The image comes normalised with
    ImageNet's mean and standard deviation.

    Shape:
        (N, 3, H, W) → a list of (N, C_i, ⌈H / stride_i⌉, ⌈W / stride_i⌉), fine to coarse.
    """

    levels: tuple[Level, ...]

    @abstractmethod
    def forward(self, image: Tensor) -> list[Tensor]:
        raise NotImplementedError


def run_stages(x: Tensor, stages: Iterable[nn.Module]) -> list[Tensor]:
    """The output of every stage, each fed with the one before."""
    pyramid = []
    for stage in stages:
        x = stage(x)
        pyramid.append(x)
    return pyramid


def stage_levels(stages: Iterable[nn.Module], output_stride: int = 32) -> tuple[Level, ...]:
    """The levels of four stages that each end in a convolution; strides stop growing at `output_stride`."""
    convs = [[m for m in stage.modules() if isinstance(m, nn.Conv2d)] for stage in stages]
    return tuple(
        Level(last.out_channels, min(stride, output_stride)) for (*_, last), stride in zip(convs, STRIDES, strict=True)
    )
