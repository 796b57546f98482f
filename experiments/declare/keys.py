"""The keys of an ablation YAML: what each value must be, and whether it is."""

import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, get_args

from experiments.declare.budget import WANTED, is_budget
from experiments.declare.conditions import is_conditions, is_expects
from experiments.declare.configs import Config, nearest
from experiments.declare.settings import LAUNCHER, is_launcher
from experiments.declare.sheet import Expectation
from experiments.declare.tune import WANTED as TUNE
from experiments.declare.tune import is_tune
from experiments.errors import UserError
from experiments.folder import TRIALS

DesignName = Literal["alone", "without", "stacked", "stacked_reversed", "factorial", "screen", "path"]
ARMS: dict[DesignName, str] = {  # what a report says of each
    "alone": "the baseline, and the baseline with each trick",
    "without": "the full recipe, and the recipe without each trick",
    "stacked": "the ladder in the order written",
    "stacked_reversed": "the ladder from the last trick to the first",
    "factorial": "all combinations of the tricks",
    "screen": "a few combinations of the tricks, chosen to keep average effects apart",
    "path": "from the baseline to the recipe, at each step the trick that helps most",
}

MOST_SEEDS, LAST_SEED = 10_000, 2**31 - 1  # a placebo's lie above; Lightning takes them up to 2³² − 1


def is_number(value: Any) -> bool:
    """Whether it is a number, finite as a float too; NaN fails every comparison."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= sys.float_info.max


def is_whole(value: Any, most: int = LAST_SEED) -> bool:
    """Whether it is a whole number from 0 to the most."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most


def _seeds(value: Any) -> bool:
    return isinstance(value, list) and 1 <= len(value) <= MOST_SEEDS and all(map(is_whole, value))


def _looks(value: Any) -> bool:
    counts = isinstance(value, list) and bool(value) and all(is_whole(look, MOST_SEEDS // 2) for look in value)
    return counts and all(late > early for early, late in zip([1, *value], value, strict=False))


def _tricks(value: Any) -> bool:
    slots = [slot if isinstance(slot, list) else [slot] for slot in value] if isinstance(value, list) else []
    return bool(slots) and all(slot and all(isinstance(name, str) for name in slot) for slot in slots)


def _folder(value: Any) -> bool:
    fits = isinstance(value, str) and value == Path(value).name and value not in ("", ".", "..", TRIALS)
    return fits and value.isprintable() and len(value.encode()) <= 255


def _target(value: Any) -> bool:
    if not isinstance(value, dict) or value.keys() not in ({"metric", "at_least"}, {"metric", "at_most"}):
        return False
    return isinstance(value["metric"], str) and is_number(value.get("at_least", value.get("at_most")))


CHECKS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "name": (_folder, f"a folder's name other than {TRIALS}"),
    "baseline": (lambda v: isinstance(v, str), "the name or path of a baseline YAML"),
    "tricks": (_tricks, "a list of one or more tricks, or of lists of alternatives"),
    "sesoi": (lambda v: is_number(v) and v > 0, "a positive, finite number on the metric's scale"),
    "seeds": (_seeds, f"a count up to {MOST_SEEDS}, or a list of ids from 0 to {LAST_SEED}"),
    "looks": (_looks, f"ascending seed counts from 2 to {MOST_SEEDS // 2}, such as [3, 5, 8]"),
    "metric": (lambda v: isinstance(v, str), "a name such as val/miou"),
    "higher_is_better": (lambda v: isinstance(v, bool), "true or false"),
    "failure_value": (is_number, "a finite number"),
    "target": (_target, "a metric and a finite bound, such as {metric: val/miou, at_least: 0.2}, or at_most"),
    "design": (
        lambda v: v != [] and all(name in get_args(DesignName) for name in (v if isinstance(v, list) else [v])),
        f"one or more of {', '.join(get_args(DesignName))}",
    ),
    "placebo": (lambda v: isinstance(v, bool), "true or false"),
    "threads": (lambda v: is_whole(v, 1024) and v > 0, "a whole number from 1 to 1024"),
    "set": (lambda v: isinstance(v, dict), "a mapping of config keys"),
    "expects": (is_expects, f"a mapping of tricks to {', '.join(get_args(Expectation))}"),
    "shows": (
        lambda v: isinstance(v, list) and all(isinstance(name, str) for name in v),
        "a list of conditions that its tricks name in holds_when",
    ),
    "launcher": (is_launcher, LAUNCHER),
    "conditions": (is_conditions, "a mapping of two or more names to mappings of config keys, or to YAMLs"),
    "budget": (is_budget, WANTED),
    "tune": (is_tune, TUNE),
}


def check_keys(content: Config, file: Path) -> None:
    """Check every key of an ablation, and that none is missing.

    Raises:
        UserError: Names the file, the key, the value and what would be right.
    """
    for key, value in content.items():
        if key not in CHECKS:
            raise UserError(f"{file}: unknown key {key!r}{nearest(str(key), CHECKS)}")
        right, wanted = CHECKS[key]
        if not right(value):
            raise UserError(f"{file}: {key} must be {wanted}, got {value!r}")
    for key in ("baseline", "tricks", "sesoi"):
        if key not in content:
            raise UserError(f"{file}: the key {key!r} is missing: {CHECKS[key][1]}")
    _refuse_twice(file, "seed", content.get("seeds", []))
    _refuse_twice(file, "design", content["design"] if isinstance(content.get("design"), list) else [])


def _refuse_twice(file: Path, what: str, values: list[Any]) -> None:
    counts = Counter(values)
    for value in values:
        if counts[value] > 1:
            raise UserError(
                f"{file}: the {what} {value} is given twice; running it twice would count the same evidence twice"
            )
