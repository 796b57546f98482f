"""Names for the parts of a network, and for those of its parameters that are weights.

Whatever speaks of a part of a network – a parameter rule, a freeze, a monitor – calls it by the same name.
"""

import re
from collections.abc import Iterable

from torch import nn

PART = re.compile(r"(?:network\.)?(?:features\.)?(?:backbone\.)?(stem|stages\.\d+|backbone|context|fusion|head)\.")
# BatchNorm and InstanceNorm have this base in common.
NORMS = (nn.modules.batchnorm._NormBase, nn.GroupNorm, nn.LayerNorm)


def part_of(name: str) -> str:
    """The part that a parameter belongs to: stem, stages.0, stages.1 …, context, fusion or head."""
    found = PART.match(name)
    return found[1] if found else name.partition(".")[0]


def named(module: nn.Module, part: str, who: str) -> list[str]:
    """The parameters in a part.

    Args:
        module: A network, or what holds one.
        part: Any stretch of a parameter's dotted name: `head`, `backbone`, `stages.0`, `backbone.stem.conv`.
        who: Asks, for the error.

    Raises:
        ValueError: If there are none; names the parts that there are.
    """
    names = [name for name, _ in module.named_parameters()]
    found = [name for name in names if f".{part}." in f".{name}."]
    if not found:
        raise ValueError(
            f"{who}: the network has no part {part!r}; its parts are {', '.join(unique(map(part_of, names)))}"
        )
    return found


def weights(module: nn.Module) -> dict[str, nn.Parameter]:
    """The trainable weights by name: no biases, no vectors, and nothing of a normalisation.

    One number a channel is a vector whatever its axes: ConvNeXt's layer scale is (C, 1, 1).
    """
    norms = {id(p) for m in module.modules() if isinstance(m, NORMS) for p in m.parameters(recurse=False)}
    return {
        name: parameter
        for name, parameter in module.named_parameters()
        if parameter.requires_grad
        and parameter.ndim > 1
        and parameter.numel() > len(parameter)
        and id(parameter) not in norms
        and "bias" not in name.rpartition(".")[2]  # Swin's relative_position_bias_table has two axes
    }


def unique(names: Iterable[str]) -> list[str]:
    """Each name once, in order."""
    return list(dict.fromkeys(names))
