"""Parameter groups by rule: factors on the learning rate and the weight decay of some parameters."""

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from typing import Any, NamedTuple

from torch import nn
from torch.optim import Optimizer
from torch.optim.optimizer import ParamsT


class Factors(NamedTuple):
    """What a parameter's learning rate and weight decay are multiplied by."""

    lr: float = 1.0
    weight_decay: float = 1.0


class ParameterRule(ABC):
    """Factors for some of the parameters; the factors of several rules multiply, so their order does not matter."""

    @abstractmethod
    def factors(self, module: nn.Module) -> dict[str, Factors]:
        """The factors by the parameters' names; a parameter that is left out keeps its own.

        Args:
            module: The Lightning module that is to be trained.
        """
        raise NotImplementedError


def make_optimizer(
    make: Callable[[ParamsT], Optimizer], module: nn.Module, rules: Sequence[ParameterRule]
) -> Optimizer:
    """Make the optimizer of a module's trainable parameters: one group for each combination of factors.

    Raises:
        ValueError: If a rule matches no trainable parameter, or the optimizer has no weight decay to change.
    """
    trainable = {name: parameter for name, parameter in module.named_parameters() if parameter.requires_grad}
    groups: dict[Factors, list[nn.Parameter]] = defaultdict(list)
    for name, factor in _factors(module, rules, trainable).items():
        groups[factor].append(trainable[name])
    if not callable(make):
        raise ValueError(f"the optimizer must be a class of optimizers, got {make!r}")
    optimizer = make([{"params": parameters} for parameters in groups.values()])
    for group, factor in zip(optimizer.param_groups, groups, strict=True):
        _multiply(group, factor, optimizer)
    return optimizer


def _factors(module: nn.Module, rules: Sequence[ParameterRule], trainable: Collection[str]) -> dict[str, Factors]:
    """The product of all rules, for each trainable parameter."""
    factors = dict.fromkeys(trainable, Factors())
    for rule in rules:
        found = {name: factor for name, factor in rule.factors(module).items() if name in trainable}
        if not found:
            raise ValueError(f"{type(rule).__name__}: matches no trainable parameter of the network")
        factors |= {name: _product(factors[name], factor) for name, factor in found.items()}
    return factors


def _multiply(group: dict[str, Any], factor: Factors, optimizer: Optimizer) -> None:
    group["lr"] = group["lr"] * factor.lr
    if factor.weight_decay == 1:
        return
    if "weight_decay" not in group:
        raise ValueError(f"{type(optimizer).__name__} has no weight decay that a parameter rule could change")
    group["weight_decay"] *= factor.weight_decay


def _product(one: Factors, other: Factors) -> Factors:
    return Factors(one.lr * other.lr, one.weight_decay * other.weight_decay)
