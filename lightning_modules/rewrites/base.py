"""Base class of the rewrites."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TypeVar

from torch import nn

Old = TypeVar("Old", bound=nn.Module)


class Rewrite(ABC):
    """A change to a built network, which it returns; a list of them may be appended to with `rewrites+:`.

    It is called inside a random stream that the trial's seed and the rewrite's class name.
    """

    @abstractmethod
    def __call__(self, network: nn.Module) -> nn.Module:
        raise NotImplementedError


def replace(network: nn.Module, old: type[Old], new: Callable[[str, Old], nn.Module]) -> int:
    """Put `new(name, module)` in the place of every `old` in the network.

    Returns:
        How many were replaced; where `new` returns the module that it was given, nothing is.
    """
    found = [(name, module) for name, module in network.named_modules() if isinstance(module, old)]
    made = [(name, module, new(name, module)) for name, module in found]
    for name, _, after in made:
        network.set_submodule(name, after)
    return sum(after is not before for _, before, after in made)
