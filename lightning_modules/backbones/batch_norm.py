"""How fast BatchNorm's running statistics follow."""

from torch import nn


def set_momentum(owner: object, network: nn.Module, momentum: float) -> None:
    """Set the momentum of every BatchNorm.

    Raises:
        ValueError: If the momentum is outside (0, 1].
    """
    if not 0 < momentum <= 1:
        raise ValueError(f"{type(owner).__name__}: bn_momentum must lie in (0, 1], got {momentum}")
    for norm in (module for module in network.modules() if isinstance(module, nn.BatchNorm2d)):
        norm.momentum = momentum
