"""Tables with several runs in a row: a column a seed, or a column an arm."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from experiments.results.naming import Naming, key
from experiments.results.readers.run import Run

SEED = re.compile(r"(?:seed|种子)?[-_= ]?(\d+(?:\.0*)?)", re.IGNORECASE)


def unfold(runs: Sequence[Run], metric: str, naming: Naming) -> list[Run]:
    """The runs, one each; an empty cell of a wide table is none.

    Args:
        runs: As they were read; a row without a column of the metric may hold several.
        metric: What the cells of a wide table are.
        naming: Names the column of the arms, or of the seeds.
    """
    arm, seed = naming.arm or "arm", naming.seed or "seed"
    return [each for run in runs for each in ([run] if run.names else _unfolded(run, metric, arm, seed))]


def _unfolded(run: Run, metric: str, arm: str, seed: str) -> list[Run]:
    has_arm, has_seed = (key(name, run.settings) for name in (arm, seed))
    if metric in run.settings or bool(has_arm) == bool(has_seed):
        return [run]
    if has_seed:
        cells = [(name, run.settings[has_seed], cell) for name, cell in run.settings.items() if name != has_seed]
    else:
        cells = [(run.settings[str(has_arm)], number, cell) for number, cell in _seeds(run)]
    each = [replace(run, settings={arm: a, seed: s}, logged={metric: [cell]}) for a, s, cell in cells if cell]
    return each if cells else [run]


def _seeds(run: Run) -> Iterator[tuple[str, str]]:
    for name, cell in run.settings.items():
        if found := SEED.fullmatch(name):
            yield found[1], cell
