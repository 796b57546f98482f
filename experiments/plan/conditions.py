"""What no condition may be: the same as another, or in the way of a trick."""

from collections.abc import Sequence
from pathlib import Path

from experiments.declare import configs
from experiments.declare.ablation import Ablation
from experiments.declare.configs import Config
from experiments.errors import UserError
from experiments.plan.refusals import refuse_layer


def refuse_conditions(ablation: Ablation, below: Config, tricks: Sequence[Path]) -> None:
    """Check the conditions of an ablation. One of them may set nothing: the baseline as it is.

    Args:
        ablation: The ablation.
        below: The baseline, with what the ablation sets.
        tricks: The files of the tricks.

    Raises:
        UserError: If a condition sets only what is so anyway, is the same as another, or sets a key of a trick or of
            every trial.
    """
    file = ablation.file
    seen: dict[str, Config] = {}
    for name, source in ablation.conditions.items():
        read = configs.read_yaml(source) if isinstance(source, Path) else source
        layer = configs.trained(read)
        refuse_layer(layer, f"{file}: condition {name}")
        merged = configs.merge(below, layer)
        if layer and merged == below:
            raise UserError(f"{file}: the condition {name} changes nothing; {{}} is the baseline as it is")
        for other in (other for other, config in seen.items() if config == merged):
            why = "neither changes the baseline" if merged == below else "nothing tells them apart"
            raise UserError(f"{file}: the conditions {other} and {name} are the same: {why}")
        seen[name] = merged
        _refuse_shared(name, layer, tricks, file)


def _refuse_shared(name: str, layer: Config, tricks: Sequence[Path], file: Path) -> None:
    for trick in tricks:
        shared = configs.shared_keys(layer, configs.read_yaml(trick))
        if shared:
            raise UserError(
                f"{file}: the condition {name} and the trick {trick.stem} both set {shared[0]}: the trick, which "
                f"counts, would take the condition away"
            )
