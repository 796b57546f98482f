"""Dilation in the place of stride: what makes a classifier's last levels finer for dense prediction."""

from collections.abc import Iterable, Iterator

from torch import nn

from lightning_modules.backbones.base import STRIDES


def check_output_stride(owner: object, output_stride: int, possible: tuple[int, ...] = (8, 16, 32)) -> None:
    """Refuse an output stride that the architecture cannot have.

    Raises:
        ValueError: Names the owner's class, the strides that are possible and the value.
    """
    if output_stride not in possible:
        strides = ", ".join(map(str, possible))
        raise ValueError(f"{type(owner).__name__}: output_stride must be one of {strides}, got {output_stride}")


def too_coarse(stages: Iterable[nn.Sequential], output_stride: int) -> Iterator[tuple[nn.Sequential, int]]:
    """The stages beyond the output stride, each with the dilation that keeps its receptive field."""
    for stage, stride in zip(stages, STRIDES, strict=True):
        if stride > output_stride:
            yield stage, stride // output_stride


def dilate(stage: nn.Module, rate: int, strided: int) -> None:
    """Take the stride from a stage and dilate it (Chen et al. 2017, "Rethinking Atrous Convolution", fig. 3).

    Args:
        stage: A stage, in which one convolution has a stride.
        rate: Dilation of its convolutions.
        strided: Dilation of the convolution that loses its stride. With rate / 2, the dilation of the stage before,
            every second value stays what it was.
    """
    for conv in (module for module in stage.modules() if isinstance(module, nn.Conv2d)):
        dilation = rate if conv.stride == (1, 1) else strided
        conv.dilation = tuple(dilation if size > 1 else 1 for size in conv.kernel_size)
        conv.padding = tuple(dilation * int(pad) for pad in conv.padding)
        conv.stride = (1, 1)
