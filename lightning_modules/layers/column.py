"""A map of one column, for a strided convolution on a CPU under autocast."""

import torch
from torch import Tensor
from torch.nn.functional import pad


def with_column(x: Tensor) -> Tensor:
    """A map of one column with one of its padding's zeros beside it, on a CPU under autocast; any other as it is.

    A 3×3 convolution of stride 2 or more and padding 1 makes the same of both. From one column alone PyTorch 2.14
    computes a gradient of its weights in bfloat16 that need not be finite.

    Shape:
        (N, C, H, 1) → (N, C, H, 2); (N, C, H, W) → (N, C, H, W) for W > 1.
    """
    narrow = x.device.type == "cpu" and torch.is_autocast_enabled("cpu") and x.shape[-1] == 1
    return pad(x, (0, 1)) if narrow else x
