"""What every classification head is: pyramid in, one row of logits an image out; no loss inside."""

from abc import ABC, abstractmethod

from torch import Tensor, nn


class ImageHead(nn.Module, ABC):
    """What every head for whole images is; its constructor gets the levels and the number of classes.

    Shape:
        A list of (N, C_i, H_i, W_i), fine to coarse → logits (N, num_classes), for any H_i and W_i.
    """

    @abstractmethod
    def forward(self, pyramid: list[Tensor]) -> Tensor:
        raise NotImplementedError
