"""A run built as a trial builds it, and ended before its first step."""

import contextlib
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from lightning.pytorch import Callback

from experiments.errors import UserError
from experiments.trial import train
from experiments.trial.command_line.explain import is_bad_input, one_line

ONE_DEVICE = ("--trainer.devices=1", "--trainer.num_nodes=1", "--trainer.strategy=auto")


class Ready(Exception):
    """All is set up, and what was wanted is known; for a callback to raise."""


@contextlib.contextmanager
def built(layers: Sequence[Path], words: Sequence[str] = ()) -> Iterator[train.TrainCLI]:
    """Build a run that leaves nothing behind.

    Args:
        layers: The run's config files, in order.
        words: Command-line words after them.

    Raises:
        UserError: If it cannot be built.
    """
    configs = [word for layer in layers for word in ("--config", str(layer))]
    quiet = [f"--trainer.{name}=false" for name in ("logger", "enable_progress_bar", "enable_model_summary")]
    with tempfile.TemporaryDirectory() as scratch:
        root = ["--trainer.num_sanity_val_steps=0", f"--trainer.default_root_dir={scratch}"]
        yield _built([*configs, *words, *quiet, *root])


def _built(words: list[str]) -> train.TrainCLI:
    try:
        return train.TrainCLI(words, run=False)
    except Exception as error:
        if not is_bad_input(error):
            raise
        raise UserError(one_line(error)) from error


def start(cli: train.TrainCLI, callback: Callback) -> None:
    """Start a run that the callback ends by raising `Ready`."""
    cli.trainer.callbacks.append(callback)  # type: ignore[attr-defined]
    with contextlib.suppress(Ready):
        cli.trainer.fit(cli.model, datamodule=cli.datamodule)
