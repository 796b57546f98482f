"""How far a signal gets through a network: what initialisations are judged by."""

from typing import NamedTuple

import torch
from torch import Tensor, nn


class Signal(NamedTuple):
    """The signal at the output of one layer.

    Args:
        layer: Name of the layer.
        activation: Variance of its output.
        gradient: Variance of the gradient there.
    """

    layer: str
    activation: float
    gradient: float


def measure_signal(network: nn.Module, x: Tensor) -> list[Signal]:
    """The variance of activations and gradients at every convolution and linear layer.

    After Glorot & Bengio 2010, fig. 6 and 7. The network gets `x`, and at its output a gradient of
    variance 1. Its parameters' gradients are left as they were.

    Args:
        network: In the mode that is to be measured; returns one tensor.
        x: What it gets.

    Returns:
        A row for each layer, in the order in which they ran.
    """
    outputs: list[tuple[str, Tensor]] = []
    layers = [(name, m) for name, m in network.named_modules() if isinstance(m, (nn.Conv2d, nn.Linear))]
    hooks = [m.register_forward_hook(lambda _, __, y, name=name: outputs.append((name, y))) for name, m in layers]
    try:
        result = network(x)
    finally:
        for hook in hooks:
            hook.remove()
    gradients = torch.autograd.grad(result, [y for _, y in outputs], torch.randn_like(result))
    return [Signal(name, y.var().item(), g.var().item()) for (name, y), g in zip(outputs, gradients, strict=True)]
