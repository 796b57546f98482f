"""Base class of the classification heads: pyramid in, one row of logits per image out; no loss inside."""

from abc import ABC, abstractmethod

from torch import Tensor, nn


class ImageHead(nn.Module, ABC):
    """Base class of the heads for whole images; a constructor gets the levels and the number of classes.

    Shape:
        A list of (N, C_i, H_i, W_i), fine to coarse → logits (N, num_classes), for any H_i and W_i.
    """

    @abstractmethod
    def forward(self, pyramid: list[Tensor]) -> Tensor:
        raise NotImplementedError
