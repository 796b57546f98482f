"""One training of anybody's, as its tool wrote it down."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from experiments.folder import State

PARENTS = 4  # folders above the one given whose names may tell arm and seed, for a log that is given itself


@dataclass(frozen=True)
class Run:
    """What is known of a run; all values are as they were written.

    Args:
        where: File and line or folder, for errors.
        settings: Its hyperparameters, or the cells of its row.
        logged: Metric → its values in the order they were logged.
        names: Names that may tell arm and seed by a pattern, the likeliest first; none of a row in a plain table.
        state: What its tool says of its end: one of `State`, or its own word for a run that has not ended well.
    """

    where: str
    settings: Mapping[str, str]
    logged: Mapping[str, Sequence[str]]
    names: Sequence[str] = ()
    state: str = State.DONE


def names_of(folder: Path, root: Path) -> list[str]:
    """The path of a run's folder seen from the one given, then from that one's parents.

    Args:
        folder: The run's.
        root: What was given: it holds the folder, or is it, or is a file in it.
    """
    parts = folder.absolute().parts
    last = min(len(root.absolute().parts), len(parts))
    starts = range(last, max(0, last - PARENTS - 1), -1)
    return ["/".join(parts[start:]) for start in starts if parts[start:]]
