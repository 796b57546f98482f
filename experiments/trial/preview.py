"""A run built as a trial builds it, and ended before its first step."""

import contextlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from jsonargparse import Namespace
from lightning.pytorch import Callback, LightningDataModule

from experiments.errors import UserError
from experiments.trial import train
from experiments.trial.command_line.explain import is_bad_input, one_line

Made = TypeVar("Made", bound=train.TrainCLI)
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
    quiet = [f"--trainer.{name}=false" for name in ("logger", "enable_progress_bar", "enable_model_summary")]
    with tempfile.TemporaryDirectory() as scratch:
        root = ["--trainer.num_sanity_val_steps=0", f"--trainer.default_root_dir={scratch}"]
        yield _told(lambda: train.TrainCLI([*_configs(layers), *words, *quiet, *root], run=False))


def _configs(layers: Sequence[Path]) -> list[str]:
    return [word for layer in layers for word in ("--config", str(layer))]


def _told(build: Callable[[], Made]) -> Made:
    try:
        return build()
    except Exception as error:
        if not is_bad_input(error):
            raise
        raise UserError(one_line(error)) from error


class _Data(train.TrainCLI):
    """The data module alone: reading data needs no model, nor the weights that one may start from."""

    def instantiate_classes(self) -> None:
        self.datamodule = self.parser.instantiate_classes(Namespace(data=self.config.data)).data


def built_data(layers: Sequence[Path]) -> LightningDataModule:
    """The data module that the config files of a run make, in order.

    Raises:
        UserError: If it cannot be built.
    """
    return _told(lambda: _Data(_configs(layers), run=False)).datamodule


def start(cli: train.TrainCLI, callback: Callback) -> None:
    """Start a run that the callback ends by raising `Ready`."""
    cli.trainer.callbacks.append(callback)  # type: ignore[attr-defined]
    with contextlib.suppress(Ready):
        cli.trainer.fit(cli.model, datamodule=cli.datamodule)
