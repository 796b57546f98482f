"""What every rewrite is."""

from collections.abc import Callable
from typing import TypeVar

from torch import nn

Old = TypeVar("Old", bound=nn.Module)


class Rewrite:
    """A change to a built network, which it returns; a list of them may be appended to with `rewrites+:`."""

    def __call__(self, network: nn.Module) -> nn.Module:
        raise NotImplementedError


def replace(network: nn.Module, old: type[Old], new: Callable[[str, Old], nn.Module]) -> int:
    """Put `new(name, module)` in the place of every `old` in the network; returns how many there were."""
    found = [(name, module) for name, module in network.named_modules() if isinstance(module, old)]
    for name, module in found:
        network.set_submodule(name, new(name, module))
    return len(found)
