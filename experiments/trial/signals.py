"""The signal at every layer of a run's network, from the run itself: its first batch, its loss."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from lightning.pytorch import Callback, LightningModule, Trainer

from experiments.trial import preview, train
from lightning_modules.rewrites.signal import Signal, trace_signal


class FirstStep(Callback):
    """Measures the first training step and ends the run before it changes a weight."""

    signals: list[Signal]

    def on_train_batch_start(self, trainer: Trainer, pl_module: LightningModule, batch: Any, batch_idx: int) -> None:
        pl_module.on_train_batch_start(batch, batch_idx)  # begins the dropout's random stream
        signals = trace_signal(pl_module, lambda: pl_module.training_step(batch, batch_idx))  # type: ignore[arg-type, return-value]
        self.signals = _told_apart(signals)
        raise preview.Ready


def _told_apart(signals: Sequence[Signal]) -> list[Signal]:
    """Names as the network has them; a layer that runs again, such as a head on another level, is numbered."""
    ran: Counter[str] = Counter()
    named = []
    for signal in signals:
        name = signal.layer.removeprefix("network.")
        ran[name] += 1
        named.append(signal._replace(layer=name if ran[name] == 1 else f"{name} ({ran[name]})"))
    return named


def signals(layers: Sequence[Path]) -> list[Signal]:
    """The variance of activations and of the training loss's gradients, in the order in which the layers ran.

    Args:
        layers: The run's config files, in order.
    """
    first = FirstStep()
    with preview.built(layers, preview.ONE_DEVICE) as cli:
        preview.start(cli, first)
    return first.signals


def show(runs: Mapping[str, Sequence[Path]], draw: Callable[[dict[str, list[Signal]]], None]) -> int:
    """Draw the signals of runs by name; see `train.guarded` for what is returned."""
    return train.guarded(lambda: draw({name: signals(layers) for name, layers in runs.items()}))
