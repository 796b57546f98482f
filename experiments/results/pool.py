"""The trials that lie under runs, and the ablations that link to them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from experiments import lease
from experiments.declare import configs
from experiments.errors import UserError
from experiments.files import read_json
from experiments.folder import CONFIG, REGISTRATION, TRIALS, State
from experiments.run.outcome import read_result


@dataclass(frozen=True)
class Pooled:
    """A folder under runs/trials.

    Args:
        folder: The folder; its name is the trial's address.
        cited: The links to it, seen from runs: `<ablation>/<arm>/seed-N`; a condition comes before the arm.
    """

    folder: Path
    cited: tuple[Path, ...]

    @property
    def state(self) -> State:
        """Where it stands, whatever code it was made by; what was set aside is stale."""
        if "." in self.folder.name:
            return State.STALE
        if lease.owner(self.folder):
            return State.RUNNING
        result = read_result(self.folder)
        return State(result["status"]) if result else State.OPEN

    @property
    def bytes(self) -> int:
        """Size of all of its files."""
        inside = (Path(place) / name for place, _, names in os.walk(self.folder) for name in names)
        return sum(path.lstat().st_size for path in inside)

    @property
    def score(self) -> str:
        """The metrics of the ablations that cite it, with its values."""
        metrics = (read_result(self.folder) or {}).get("metrics", {})
        ablations = [self.folder.parents[1] / link.parts[0] for link in self.cited]
        wanted = [(read_json(ablation / REGISTRATION) or {}).get("metric") for ablation in ablations]
        return ", ".join(f"{name} {metrics[name]:.4g}" for name in dict.fromkeys(map(str, wanted)) if name in metrics)

    def has(self, key: str, value: Any) -> bool:
        """Whether its config says so: a dotted key or the end of one, and a value; classes by any of their names."""
        try:
            said = configs.flatten(configs.read_yaml(self.folder / CONFIG))
        except UserError:
            return False
        return any(_same(said[name], value) for name in said if f".{name}".endswith(f".{key}"))


def list_pooled(runs: Path) -> list[Pooled]:
    """All trials, those that were set aside too, by name."""
    citations: dict[Path, list[Path]] = {}
    for link in _links(runs):
        citations.setdefault(link.resolve(), []).append(link.relative_to(runs))
    folders = sorted(path for path in (runs / TRIALS).glob("*") if path.is_dir())
    return [Pooled(folder, tuple(citations.get(folder.resolve(), ()))) for folder in folders]


def _links(runs: Path) -> Iterator[Path]:
    found = [*runs.glob("*/*/seed-*"), *runs.glob("*/*/*/seed-*")]
    return (path for path in sorted(found) if path.is_symlink())


def _same(one: Any, other: Any) -> bool:
    texts = isinstance(one, str) and isinstance(other, str)
    return bool(one == other) or (texts and configs.same_class(one, other))
