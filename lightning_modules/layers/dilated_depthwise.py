"""A dilated depthwise convolution whose gradient does not take most of a step's time on a CPU."""

from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.amp import custom_bwd, custom_fwd
from torch.autograd.function import once_differentiable


class DilatedDepthwise(nn.Conv2d):
    """The same convolution, with a gradient of its own where it is on a CPU.

    There PyTorch has no fast kernel for the gradient of a dilated depthwise convolution: on maps in channels_last it
    takes about four times as long as the sums by which it is computed here.

    Args:
        conv: A convolution for which `fits` is true. Its weight becomes this one's.
    """

    def __init__(self, conv: nn.Conv2d) -> None:
        super().__init__(
            conv.in_channels,
            conv.out_channels,
            conv.kernel_size,  # type: ignore[arg-type]
            padding=conv.padding,  # type: ignore[arg-type]
            dilation=conv.dilation,  # type: ignore[arg-type]
            groups=conv.groups,
            bias=False,
            device="meta",
        )
        self.weight = conv.weight

    @staticmethod
    def fits(conv: nn.Conv2d) -> bool:
        """Whether it is depthwise, dilated and without bias, and keeps the size of its maps."""
        depthwise = conv.groups == conv.in_channels == conv.out_channels and conv.bias is None
        if not depthwise or isinstance(conv.padding, str) or conv.padding_mode != "zeros":
            return False
        sides = zip(conv.kernel_size, conv.dilation, conv.padding, strict=True)
        keeps_size = all(2 * pad == step * (size - 1) for size, step, pad in sides)
        return keeps_size and conv.stride == (1, 1) and max(conv.dilation) > 1

    def forward(self, x: Tensor) -> Tensor:
        """Args: `x` of shape (N, C, H, W). Returns: (N, C, H, W)."""
        if x.is_cpu and torch.is_grad_enabled():
            return cast(Tensor, _Convolution.apply(x, self.weight, self.padding, self.dilation))
        return super().forward(x)


class _Convolution(torch.autograd.Function):
    @staticmethod
    @custom_fwd(device_type="cpu")  # type: ignore[untyped-decorator]
    def forward(ctx: Any, x: Tensor, weight: Tensor, padding: tuple[int, int], dilation: tuple[int, int]) -> Tensor:
        ctx.save_for_backward(x, weight)
        ctx.geometry = padding, dilation
        return F.conv2d(x, weight, None, 1, padding, dilation, len(weight))

    @staticmethod
    @custom_bwd(device_type="cpu")  # type: ignore[untyped-decorator]
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, Tensor | None, None, None]:
        x, weight = ctx.saved_tensors
        padding, dilation = ctx.geometry
        of_x = of_weight = None
        if ctx.needs_input_grad[0]:
            of_x = F.conv2d(grad, weight.flip(2, 3), None, 1, padding, dilation, len(weight))
        if ctx.needs_input_grad[1]:
            of_weight = _gradient_of_taps(x, grad, weight.shape[2:], padding, dilation).view_as(weight)
        return of_x, of_weight, None, None


def _gradient_of_taps(
    x: Tensor, grad: Tensor, kernel: torch.Size, padding: tuple[int, int], dilation: tuple[int, int]
) -> Tensor:
    """Of each weight the sum of what it was multiplied with; shape (C, kernel height × width)."""
    height, width = grad.shape[-2:]
    padded = F.pad(x, (padding[1], padding[1], padding[0], padding[0]))
    tops = [row * dilation[0] for row in range(kernel[0])]
    lefts = [column * dilation[1] for column in range(kernel[1])]
    taps = [padded[..., top : top + height, left : left + width] for top in tops for left in lefts]
    return torch.stack([(tap * grad).sum((0, 2, 3)) for tap in taps], 1)
