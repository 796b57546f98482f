"""The data of a config, read whole."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple, cast

from rich.console import Console
from rich.progress import track

from datamodules import DenseData
from datamodules.inspect.conditions import find_conditions
from datamodules.inspect.contrast import find_faint
from datamodules.inspect.detail import find_detail
from datamodules.inspect.facts import read_facts
from datamodules.inspect.faults import find_faults
from datamodules.inspect.honest import Dealt, deal_anew
from datamodules.inspect.leaks import find_leaks
from datamodules.inspect.split import PLURAL, Finding, Kind, Split, some
from datamodules.transforms.samples import STAGES
from experiments.errors import UserError
from experiments.images.colours import Colour
from experiments.process import cpus
from experiments.trial import preview
from experiments.trial.data.exhibits import Shown, pictures
from experiments.trial.data.folders import files_of, in_folders
from experiments.trial.data.look import heard, unit_of

CONSOLE = Console(stderr=True)


class Checked(NamedTuple):
    """What `trickbench data check` says."""

    data: str
    """What the data are called."""
    splits: Mapping[str, Split]
    counted: str
    """What labels count: pixels, boxes or images."""
    classes: Sequence[str]
    colours: Sequence[Colour]
    """Of the classes, where the data have some of their own."""
    findings: list[Finding]
    shown: list[Shown]
    """Pictures of what was found, and of the oddest images."""
    listed: Mapping[str, Sequence[str]]
    """What lists call the images of each split: their names, or their paths if two have the same name."""

    def shares(self, split: str) -> dict[str, float]:
        """The share of each class, and of what is ignored."""
        counts = self.splits[split].counts
        total = max(int(counts.sum()), 1)
        names = [*self.classes, *["ignored"] * (self.counted == "pixels")]
        return {name: float(count) / total for name, count in zip(names, counts, strict=False)}

    def split_anew(self) -> Dealt:
        """A split that keeps together what belongs together."""
        return deal_anew(self.splits)


def check(layers: Sequence[Path], workers: int | None) -> Checked:
    """Read all data that a config names.

    Args:
        layers: The config files, in order.
        workers: Processes that read; by default one a core.

    Raises:
        UserError: If the data are not on `DenseData`, or a folder is not there.
    """
    data = cast(Any, preview.built_data(layers))
    if not isinstance(data, DenseData):
        raise UserError(f"data check reads data modules on datamodules.DenseData, got {type(data).__name__}")
    said: list[Finding] = []
    read = _splits(data, cpus() if workers is None else workers, said)
    splits = in_folders(data, dict(read))
    classes, unit = list(data.classes or data.box_classes), unit_of(data)
    found = [
        *said,
        *find_faults(splits, classes, unit),
        *find_leaks(splits),
        *find_conditions(splits["train"], classes, unit),
        *(_of_masks(data, splits["val"]) if unit == "pixel" else ()),
    ]
    name = getattr(data, "root", None)
    called = Path(name).name if name else type(data).__name__
    shown = pictures(data, splits, found, classes, unit)
    return Checked(called, splits, PLURAL[unit], classes, data.colours, found, shown, _listed(data, splits))


def _of_masks(data: DenseData, val: Split) -> Iterator[Finding]:
    source = data.source("val")
    samples = [source[place] for place in some([each.index for each in val.read])]
    yield from find_detail(samples, data.classes)
    yield from find_faint(samples)


def _listed(data: Any, splits: Mapping[Any, Split]) -> Mapping[str, Sequence[str]]:
    names = list(chain.from_iterable(split.names for split in splits.values()))
    if len({Path(name).stem for name in names}) == len(names) or not (files := files_of(data, splits)):
        return {name: split.names for name, split in splits.items()}
    return {name: list(map(str, each)) for name, each in files.items()}


def _splits(data: DenseData, workers: int, said: list[Finding]) -> Iterator[tuple[str, Split]]:
    """Every split that is there, and what its reader warned of."""
    for split in STAGES[None]:
        if split == "test" and _validates_again(data):
            line = "these images are the test data as well: a test tells nothing that validation did not"
            said.append(Finding("condition", "val", line, len(data.source("val"))))
            continue
        try:
            source, warned = heard(lambda split=split: data.source(split))  # type: ignore[misc]
        except FileNotFoundError as error:
            if split != "test":
                raise UserError(str(error)) from error
            continue
        total = len(source)
        for line, is_fault in warned.items():
            then = "mend the annotations, or leave it at that" if is_fault else ""
            kind: Kind = "fault" if is_fault else "condition"
            said.append(Finding(kind, split, line.removeprefix(f"{split}: "), total, then=then))
        read = read_facts(source, len(data.classes or data.box_classes), min(workers, total))
        facts = list(track(read, split, total, console=CONSOLE, disable=not CONSOLE.is_terminal))
        names = list(data.names(split)) or [str(index) for index in range(total)]
        yield split, Split(names, facts)


def _validates_again(data: DenseData) -> bool:
    """Whether the test data are by the config the validation data, as where those that test are not public."""
    splits = getattr(data, "splits", None)
    return splits is not None and splits.val == splits.test and not splits.shares
