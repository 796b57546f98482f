"""Another learning rate for a part of the network."""

from collections.abc import Sequence

from torch import nn

from lightning_modules.layers import check_scale
from lightning_modules.optim.groups import Factors, ParameterRule
from lightning_modules.parts import named


class RateMultiplier(ParameterRule):
    """A multiple of the learning rate for some parts: ten times in a new head (Chen et al. 2015, "DeepLab", sec. 4).

    Args:
        parts: Parts of the network, as stretches of its parameters' names: `head`, `backbone`, `stages.0` …
        multiplier: Of the learning rate.

    Raises:
        ValueError: If the multiplier is not positive, no part is given, or the network has no such part.
    """

    def __init__(self, parts: Sequence[str] = ("head",), multiplier: float = 10.0) -> None:
        check_scale(self, multiplier=multiplier)
        if not parts:
            raise ValueError("RateMultiplier: parts must name one part or more, got none")
        self.parts = parts
        self.multiplier = multiplier

    def factors(self, module: nn.Module) -> dict[str, Factors]:
        names = [name for part in self.parts for name in named(module, part, "RateMultiplier")]
        return dict.fromkeys(names, Factors(lr=self.multiplier))
