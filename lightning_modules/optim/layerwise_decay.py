"""Learning rates that shrink towards the image."""

from torch import nn

from lightning_modules.optim.groups import Factors, ParameterRule
from lightning_modules.parts import part_of, unique


class LayerwiseDecay(ParameterRule):
    """A learning rate that is `decay` times smaller in each stage than in the one above it.

    Discriminative fine-tuning (Howard & Ruder 2018, "Universal Language Model Fine-tuning", sec. 3.2; by groups of
    convolutions in Liu et al. 2022, "A ConvNet for the 2020s", app. A). The layers are here the backbone's stem and
    stages: of S, layer l gets the factor decay^(S − l), with l from 0; what is behind the backbone keeps its rate.

    Args:
        decay: Factor from one stage to the one below it.

    Raises:
        ValueError: If the decay lies outside (0, 1), or the backbone is not built of stages.
    """

    def __init__(self, decay: float = 0.8) -> None:
        if not 0 < decay < 1:
            raise ValueError(f"LayerwiseDecay: decay must lie in (0, 1), got {decay}")
        self.decay = decay

    def factors(self, module: nn.Module) -> dict[str, Factors]:
        names = [name for name, _ in module.named_parameters()]
        parts = unique(part_of(name) for name in names)
        layers = [part for part in parts if part == "stem" or part.startswith("stages.")]
        if not layers:
            raise ValueError(f"LayerwiseDecay: the backbone has no stages; the network's parts are {', '.join(parts)}")
        rates = {layer: self.decay ** (len(layers) - i) for i, layer in enumerate(layers)}
        return {name: Factors(lr=rates[part_of(name)]) for name in names if part_of(name) in rates}
