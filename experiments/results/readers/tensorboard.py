"""Event files of TensorBoard, a folder a run; hyperparameters are among the events, or in Lightning's hparams.yaml."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from experiments.errors import UserError
from experiments.results.readers.run import Run, names_of
from experiments.results.readers.settings import read_settings

HOLDS = "TensorBoard's event files"
HPARAMS = "_hparams_/session_start_info"  # as its plugin, and torch's `add_hparams`, name them


def places(files: Sequence[Path]) -> list[Path]:
    """The folders that hold event files."""
    return list(dict.fromkeys(file.parent for file in files if ".tfevents." in file.name))


def read(place: Path, root: Path) -> list[Run]:
    """The one run of a folder; a resumed one has several files.

    Raises:
        UserError: where the package `tensorboard` is missing.
    """
    try:
        from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    except ImportError as error:
        raise UserError(f"{place}: event files need `pip install tensorboard` to be read") from error
    events = EventAccumulator(str(place), size_guidance={"scalars": 0, "tensors": 0})  # 0: all of them
    events.Reload()
    scalars = {tag: [(event.step, event.value) for event in events.Scalars(tag)] for tag in events.Tags()["scalars"]}
    logged = {tag: list(map(str, _kept(steps))) for tag, steps in (_tensors(events) | scalars).items()}
    return [Run(str(place), _hparams(events) | read_settings(place / "hparams.yaml"), logged, names_of(place, root))]


def _kept(steps: Iterable[tuple[int, float]]) -> list[float]:
    """Values without those that a resumed run logged anew, having gone back to a step between.

    Where all have one step, none was given, and all are kept.
    """
    kept: list[tuple[int, float]] = []
    for step, value in steps:
        while kept and kept[-1][0] >= step > kept[0][0]:
            kept.pop()
        kept.append((step, value))
    return [value for _, value in kept]


def _hparams(events: Any) -> dict[str, str]:
    """Hyperparameters that were logged; none where there are none."""
    from tensorboard.plugins.hparams.metadata import parse_session_start_info_plugin_data as parse

    try:
        told = events.SummaryMetadata(HPARAMS).plugin_data.content
    except KeyError:
        return {}
    return {name: str(getattr(value, value.WhichOneof("kind"))) for name, value in parse(told).hparams.items()}


def _tensors(events: Any) -> dict[str, list[tuple[int, float]]]:
    """Scalars as TensorFlow 2 writes them, and their steps."""
    from tensorboard.util.tensor_util import make_ndarray

    scalars = [tag for tag in events.Tags()["tensors"] if _plugin(events, tag) == "scalars"]
    return {
        tag: [(event.step, make_ndarray(event.tensor_proto).item()) for event in events.Tensors(tag)] for tag in scalars
    }


def _plugin(events: Any, tag: str) -> str:
    return str(events.SummaryMetadata(tag).plugin_data.plugin_name)
