"""Event files of TensorBoard, a folder a run; Lightning's hparams.yaml lies beside them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from experiments.errors import UserError
from experiments.results.readers.run import Run, names_of
from experiments.results.readers.settings import read_settings

HOLDS = "TensorBoard's event files"


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
    logged = {tag: [str(event.value) for event in events.Scalars(tag)] for tag in events.Tags()["scalars"]}
    return [Run(str(place), read_settings(place / "hparams.yaml"), _tensors(events) | logged, names_of(place, root))]


def _tensors(events: Any) -> dict[str, list[str]]:
    """Scalars as TensorFlow 2 writes them."""
    from tensorboard.util.tensor_util import make_ndarray

    scalars = [tag for tag in events.Tags()["tensors"] if _plugin(events, tag) == "scalars"]
    return {tag: [str(make_ndarray(event.tensor_proto).item()) for event in events.Tensors(tag)] for tag in scalars}


def _plugin(events: Any, tag: str) -> str:
    return str(events.SummaryMetadata(tag).plugin_data.plugin_name)
