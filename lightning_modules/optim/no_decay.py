"""Weight decay on weights alone."""

from torch import nn

from lightning_modules.optim.groups import Factors, ParameterRule
from lightning_modules.parts import weights


class NoDecay(ParameterRule):
    """No weight decay on biases and normalisations (He et al. 2019, "Bag of Tricks", sec. 3.1, "no bias decay")."""

    def factors(self, module: nn.Module) -> dict[str, Factors]:
        decayed = weights(module)
        return {name: Factors(weight_decay=0.0) for name, _ in module.named_parameters() if name not in decayed}
