"""A run built as a trial builds it, and ended before its first step."""

import contextlib
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from lightning.pytorch import Callback

from experiments.trial import train

ONE_DEVICE = ("--trainer.devices=1", "--trainer.num_nodes=1", "--trainer.strategy=auto")


class Ready(Exception):
    """All is set up, and what was wanted is known; for a callback to raise."""


@contextlib.contextmanager
def built(layers: Sequence[Path], words: Sequence[str] = ()) -> Iterator[train.TrainCLI]:
    """Build a run that leaves nothing behind.

    Args:
        layers: The run's config files, in order.
        words: Command-line words after them.
    """
    configs = [word for layer in layers for word in ("--config", str(layer))]
    quiet = [f"--trainer.{name}=false" for name in ("logger", "enable_progress_bar", "enable_model_summary")]
    with tempfile.TemporaryDirectory() as scratch:
        root = ["--trainer.num_sanity_val_steps=0", f"--trainer.default_root_dir={scratch}"]
        yield train.TrainCLI([*configs, *words, *quiet, *root], run=False)


def start(cli: train.TrainCLI, callback: Callback) -> None:
    """Start a run that the callback ends by raising `Ready`."""
    cli.trainer.callbacks.append(callback)  # type: ignore[attr-defined]
    with contextlib.suppress(Ready):
        cli.trainer.fit(cli.model, datamodule=cli.datamodule)
