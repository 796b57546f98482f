"""Folders of Lightning's CSVLogger: `metrics.csv`, with `hparams.yaml` or the CLI's config.yaml; trials of ours too."""

from collections.abc import Sequence
from pathlib import Path

from experiments.files import read_json
from experiments.folder import CONFIG, METRICS, RESULT, TRIAL, State
from experiments.results.readers.histories import history
from experiments.results.readers.rows import header
from experiments.results.readers.run import Run, names_of
from experiments.results.readers.settings import read_settings

HOLDS = "Lightning's metrics.csv"


def places(files: Sequence[Path]) -> list[Path]:
    """The metrics.csv of runs among files."""
    return [file for file in files if file.name == METRICS and _is_history(header(file))]


def _is_history(columns: Sequence[str]) -> bool:
    return "step" in columns and not {"arm", "seed"} <= set(columns)


def read(place: Path, root: Path) -> list[Run]:
    """The one run of a folder."""
    folder = place.parent
    known = read_settings(folder / CONFIG) | read_settings(folder / "hparams.yaml")
    if "seed_everything" in known:
        known = {"seed": known["seed_everything"]} | known
    return [Run(str(place), known, history(place), names_of(folder, root), _state(folder))]


def _state(folder: Path) -> str:
    """How a trial of ours stands; Lightning itself writes down nothing of the kind."""
    if not (folder / TRIAL).exists():
        return State.DONE
    return str((read_json(folder / RESULT) or {}).get("status", State.OPEN))
