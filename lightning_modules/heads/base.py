"""Base class of the segmentation heads: pyramid in, logits out; no loss inside."""

from abc import ABC, abstractmethod

from torch import Tensor, nn


class PixelHead(nn.Module, ABC):
    """Base class of the segmentation heads; a constructor gets the levels and the number of classes.

    Shape:
        A list of (N, C_i, H_i, W_i), fine to coarse → logits (N, num_classes, H_0, W_0), at the finest level's
        resolution.
    """

    @abstractmethod
    def forward(self, pyramid: list[Tensor]) -> Tensor:
        raise NotImplementedError
