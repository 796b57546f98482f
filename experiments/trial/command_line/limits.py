"""Values of the command line that would be taken without a word, or break the trainer later."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

from jsonargparse import Namespace

from experiments.declare.configs import refuse_foreign
from experiments.declare.words import layers
from experiments.errors import UserError

LIMITS: dict[str, tuple[float, float, tuple[float, ...]]] = {  # least, most, and what is allowed besides
    "seed_everything": (0, 2**32 - 1, ()),
    "threads": (1, 1024, ()),
    "trainer.max_epochs": (1, math.inf, (-1,)),
    "trainer.min_epochs": (0, math.inf, ()),
    "trainer.max_steps": (1, math.inf, (-1,)),
    "trainer.min_steps": (0, math.inf, ()),
    "trainer.check_val_every_n_epoch": (1, math.inf, ()),
    "trainer.log_every_n_steps": (0, math.inf, ()),
    "trainer.num_sanity_val_steps": (0, math.inf, (-1,)),
    **{f"trainer.max_time.{unit}": (0, math.inf, ()) for unit in ("days", "hours", "minutes", "seconds")},
    "trainer.reload_dataloaders_every_n_epochs": (0, math.inf, ()),
}


def check_layers(words: Sequence[str]) -> None:
    """Read the configs of a command line, for what the parser says badly or not at all.

    Raises:
        UserError: For a config that cannot be read, and for a value that no parser should see.
    """
    for name, layer in layers(words):
        refuse_foreign(layer, name)
        if not isinstance(layer.get("trainer", {}), dict):  # the parser would leave it out without a word
            raise UserError(f"{name}: trainer must be a mapping, got {layer['trainer']!r}")
        refuse_spawn(layer.get("trainer", {}).get("strategy"))  # here, since an arm is measured in one process


def refuse_numbers(config: Namespace) -> None:
    """Refuse numbers out of range, and what is not a number anywhere.

    Args:
        config: What was parsed.

    Raises:
        UserError: Names the key, the value and the range.
    """
    for key, value in _numbers(config, ""):
        least, most, besides = LIMITS.get(key, (-math.inf, math.inf, ()))
        if math.isnan(value):
            raise UserError(f"{key} must be a number, got nan")
        if not least <= value <= most and value not in besides:
            allowed = f"at least {least:g}" if most == math.inf else f"from {least:g} to {most:.0f}"
            raise UserError(f"{key} must be {allowed}{''.join(f', or {n:g}' for n in besides)}, got {value}")
    if config.trainer.val_check_interval == 0:
        raise UserError("trainer.val_check_interval must be positive, got 0")


def refuse_spawn(strategy: Any) -> None:
    """Refuse to start processes from a pickle of this one: they are started by the trial's command line.

    Raises:
        UserError: Says what asks for that.
    """
    if "spawn" in str(strategy):
        raise UserError(f"trainer.strategy must start processes by the command line, as ddp does, got {strategy}")


def _numbers(value: Any, key: str) -> Iterator[tuple[str, float]]:
    if isinstance(value, int | float) and not isinstance(value, bool):
        yield key, value
    inside = vars(value) if isinstance(value, Namespace) else value if isinstance(value, dict) else {}
    for name, item in inside.items():
        yield from _numbers(item, key if name == "init_args" else f"{key}.{name}".lstrip("."))
    for item in value if isinstance(value, list | tuple) else ():
        yield from _numbers(item, key)
