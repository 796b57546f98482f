"""How far a signal gets through a network: what initialisations are judged by."""

from collections.abc import Callable
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
    """The signal when the network gets `x`, and at its output a gradient of variance 1; see `trace_signal`.

    Args:
        network: In the mode that is to be measured; returns one tensor.
        x: What it gets.
    """

    def loss() -> Tensor:
        y = network(x)
        return (y * torch.randn_like(y)).sum()

    return trace_signal(network, loss)


def trace_signal(network: nn.Module, loss: Callable[[], Tensor]) -> list[Signal]:
    """The variance of activations and gradients at every convolution and linear layer.

    After Glorot & Bengio 2010, fig. 6 and 7. The parameters' gradients are left as they were.

    Args:
        network: In the mode that is to be measured.
        loss: Runs the network and returns a scalar.

    Returns:
        A row for each layer, in the order in which they ran; a row for each time if one ran more than once. The
        gradient is 0 at a layer that the scalar does not depend on.
    """
    outputs: list[tuple[str, Tensor]] = []

    def keep(name: str, y: Tensor) -> Tensor:
        outputs.append((name, y.requires_grad_()))  # at frozen layers, too
        return y.clone()  # what follows may work in place

    layers = [(name, m) for name, m in network.named_modules() if isinstance(m, (nn.Conv2d, nn.Linear))]
    hooks = [m.register_forward_hook(lambda _, __, y, name=name: keep(name, y)) for name, m in layers]
    try:
        result = loss()
    finally:
        for hook in hooks:
            hook.remove()
    gradients = torch.autograd.grad(result, [y for _, y in outputs], allow_unused=True, materialize_grads=True)
    return [Signal(name, y.var().item(), g.var().item()) for (name, y), g in zip(outputs, gradients, strict=True)]
