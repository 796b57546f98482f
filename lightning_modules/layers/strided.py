"""A strided convolution whose gradient is finite on maps of one column."""

import torch
from torch import Tensor, nn
from torch.nn.functional import pad


class StridedConv2d(nn.Conv2d):
    """`nn.Conv2d` with a stride, on a CPU under autocast as well.

    From a map of one column PyTorch 2.14 computes a gradient of the weights in bfloat16 that need not be finite. One
    more of the padding's zeros beside the column changes nothing in the result while the padding keeps the size.

    Args:
        *args: Those of `nn.Conv2d`; the padding is dilation · (kernel_size − 1) / 2.
        **kwargs: Likewise.

    Shape:
        (N, C, H, W) → (N, out_channels, ⌈H / stride⌉, ⌈W / stride⌉).
    """

    def forward(self, x: Tensor) -> Tensor:
        narrow = x.device.type == "cpu" and torch.is_autocast_enabled("cpu") and x.shape[-1] == 1
        return super().forward(pad(x, (0, 1)) if narrow and self.stride[1] > 1 else x)
