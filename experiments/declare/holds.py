"""Conditions that claims speak of, in `holds_when`, and which of them data show by how they are set."""

from collections.abc import Callable, Mapping
from typing import Any

from experiments.declare.configs import Config

SMALL_BATCH = 4
MANY_SIZES = 2.0  # largest size over smallest
IMBALANCE = 1.0  # Zipf exponent of the classes
OUTLIERS = 0.1  # share of the boxes


def _at_least(key: str, least: float) -> Callable[[Mapping[str, Any]], bool]:
    return lambda data: isinstance(value := data.get(key), int | float) and value >= least


def _many_sizes(data: Mapping[str, Any]) -> bool:
    match data.get("scale"):
        case [int() | float() as smallest, int() | float() as largest]:
            return largest >= MANY_SIZES * smallest
    return False


def _small_batch(data: Mapping[str, Any]) -> bool:
    return isinstance(size := data.get("batch_size"), int) and size <= SMALL_BATCH


SHOWN: dict[str, Callable[[Mapping[str, Any]], bool]] = {
    "imbalance": _at_least("imbalance", IMBALANCE),
    "outliers": _at_least("box_outliers", OUTLIERS),
    "many sizes": _many_sizes,
    "a small batch": _small_batch,
}


def shown(condition: str, config: Config) -> bool:
    """Whether the data of a config show a condition; others, such as depth, are for an ablation to declare.

    Args:
        condition: As a sheet's `holds_when` names it.
        config: A baseline's, merged.
    """
    data = config.get("data")
    set_so = data.get("init_args") if isinstance(data, dict) else None
    return condition in SHOWN and isinstance(set_so, dict) and SHOWN[condition](set_so)
