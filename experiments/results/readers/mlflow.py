"""MLflow's file store: `mlruns/<experiment>/<run>/` with meta.yaml and a file a parameter, tag and metric."""

import re
from collections.abc import Sequence
from pathlib import Path

from experiments.errors import UserError
from experiments.folder import State
from experiments.results.readers.run import Run
from experiments.results.readers.settings import mapping

HOLDS = "MLflow's mlruns"
META = "meta.yaml"
STATES = {"1": "running", "2": "scheduled", "3": State.DONE, "4": "failed", "5": "killed"}


def places(files: Sequence[Path]) -> list[Path]:
    """The folders of runs among files; experiments have a meta.yaml too."""
    return [file.parent for file in files if file.name == META and _is_run(file)]


def _is_run(meta: Path) -> bool:
    return bool(re.search(rb"^run_(?:id|uuid):", meta.read_bytes(), re.MULTILINE))


def read(place: Path, root: Path) -> list[Run]:
    """The one run of a folder; its name is that of its experiment and its own."""
    meta, tags = mapping(place / META), _texts(place / "tags")
    name = meta.get("run_name") or tags.get("mlflow.runName", place.name)
    experiment = mapping(place.parent / META).get("name", place.parent.name)
    state = "deleted" if meta.get("lifecycle_stage") == "deleted" else STATES.get(str(meta.get("status", 1)), "unknown")
    logged = {metric: _values(place, metric, text) for metric, text in _texts(place / "metrics").items()}
    return [Run(str(place), tags | _texts(place / "params"), logged, [f"{experiment}/{name}"], state)]


def _texts(folder: Path) -> dict[str, str]:
    """The files of a folder by their paths in it, since names may hold slashes."""
    try:
        files = {file: file.read_text(encoding="utf-8") for file in sorted(folder.rglob("*")) if file.is_file()}
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"cannot read {folder}: {error}") from error
    return {file.relative_to(folder).as_posix(): text for file, text in files.items()}


def _values(place: Path, metric: str, text: str) -> list[str]:
    """Values in the order of their steps, from lines `time value step`."""
    try:
        lines = [line.split() for line in text.splitlines() if line.strip()]
        return [line[1] for line in sorted(lines, key=lambda line: int(line[2]) if len(line) > 2 else 0)]
    except (IndexError, ValueError):
        raise UserError(
            f"{place / 'metrics' / metric}: lines must be `time value step`, as MLflow writes them"
        ) from None
