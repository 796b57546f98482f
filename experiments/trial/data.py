"""The data of a config, read whole."""

import os
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, cast

from rich.console import Console
from rich.progress import track

from datamodules import DenseData
from datamodules.inspect.conditions import find_conditions
from datamodules.inspect.facts import read_facts
from datamodules.inspect.faults import find_faults
from datamodules.inspect.leaks import find_leaks
from datamodules.inspect.split import PLURAL, Finding, Split
from datamodules.samples import STAGES
from experiments.errors import UserError
from experiments.trial import preview

CONSOLE = Console(stderr=True)
UNITS = {"mask": "pixel", "label": "image", "labels": "box"}


class Checked(NamedTuple):
    """What `trickbench data check` says."""

    splits: dict[str, int]
    """How many images each split has."""
    counted: str
    """What labels count: pixels, boxes or images."""
    shares: dict[str, dict[str, float]]
    """By split the share of each class."""
    findings: list[Finding]


def check(layers: Sequence[Path], workers: int | None) -> Checked:
    """Read all data that a config names.

    Args:
        layers: The config files, in order.
        workers: Processes that read; by default one a core.

    Raises:
        UserError: If the data are not on `DenseData`, or a folder is not there.
    """
    with preview.built(layers, preview.ONE_DEVICE) as cli:
        data = cast(Any, cli.datamodule)
        if not isinstance(data, DenseData):
            raise UserError(f"data check reads data modules on datamodules.DenseData, got {type(data).__name__}")
        said: list[Finding] = []
        splits = dict(_splits(data, len(os.sched_getaffinity(0)) if workers is None else workers, said))
        classes = list(data.classes or data.box_classes)
        unit = _unit(data)
        found = [
            *said,
            *find_faults(splits, classes, unit),
            *find_leaks(splits),
            *find_conditions(splits["train"], classes, unit),
        ]
        shares = {name: _shares(split, classes) for name, split in splits.items()}
    return Checked({name: len(split.facts) for name, split in splits.items()}, PLURAL[unit], shares, found)


def _splits(data: DenseData, workers: int, said: list[Finding]) -> Iterator[tuple[str, Split]]:
    """Every split that is there, and what its reader warned of."""
    for split in STAGES[None]:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", UserWarning)
            try:
                source = data.source(split)
            except FileNotFoundError as error:
                if split != "test":
                    raise UserError(str(error)) from error
                continue
        total = len(source)
        said += [Finding("fault", split, str(each.message), total) for each in caught if each.category is UserWarning]
        read = read_facts(source, len(data.classes or data.box_classes), min(workers, total))
        facts = list(track(read, split, total, console=CONSOLE, disable=not CONSOLE.is_terminal))
        yield split, Split(list(data.names(split)) or [str(index) for index in range(total)], facts)


def _unit(data: DenseData) -> str:
    sample = next(iter(data.truth("train")))
    return next(UNITS[key] for key in UNITS if key in sample)


def _shares(split: Split, classes: Sequence[str]) -> dict[str, float]:
    counts = split.counts
    total = max(int(counts.sum()), 1)
    return {name: float(count) / total for name, count in zip([*classes, "ignored"], counts, strict=False)}
