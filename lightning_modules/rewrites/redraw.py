"""New initial weights, drawn so that arms stay paired."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from lightning_modules.pairing import stream


def redraw(network: nn.Module, draw: Callable[[Tensor], object]) -> nn.Module:
    """Draw the weight of every convolution and linear layer anew; biases and norms stay.

    Every one: pretrained ones too, and those that a head draws in a way of its own. Transposed convolutions, which
    only FPA has, and in one of its forms, stay.

    Each weight has a stream named by the current one and by its own name, so a layer elsewhere shifts nothing.
    Each group of a grouped convolution is drawn as the small convolution that it is, with its own fans.

    Args:
        network: Changed in place.
        draw: Fills a weight (out, in, …) in place, as those of torch.nn.init do.
    """
    for name, module in network.named_modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            with stream(torch.initial_seed(), f"{name}.weight"), torch.no_grad():
                for group in module.weight.chunk(getattr(module, "groups", 1)):
                    draw(group)
    return network
