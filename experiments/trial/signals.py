"""The signal at every layer of a run's network, from the run itself: its first batch, its loss."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from lightning.pytorch import Callback, LightningModule, Trainer
from torch import Tensor, nn

from experiments.trial import preview, train


class Signal(NamedTuple):
    """The signal at the output of one layer.

    Args:
        layer: Name of the layer.
        activation: Variance of its output.
        gradient: Variance of the gradient there.
    """

    layer: str
    activation: float
    gradient: float


def measure_signal(network: nn.Module, x: Tensor) -> list[Signal]:
    """The signal when the network gets `x`, and at its output a gradient of variance 1; see `trace_signal`.

    Args:
        network: In the mode that is to be measured; returns one tensor.
        x: What it gets.
    """

    def loss() -> Tensor:
        y = network(x)
        return (y * torch.randn_like(y)).sum()

    return trace_signal(network, loss)


def trace_signal(network: nn.Module, loss: Callable[[], Tensor]) -> list[Signal]:
    """The variance of activations and gradients at every convolution and linear layer.

    After Glorot & Bengio 2010, fig. 6 and 7. The parameters' gradients are left as they were.

    Args:
        network: In the mode that is to be measured.
        loss: Runs the network and returns a scalar.

    Returns:
        A row for each layer, in the order in which they ran; a row for each time if one ran more than once. The
        gradient is 0 at a layer that the scalar does not depend on.
    """
    outputs: list[tuple[str, Tensor]] = []

    def keep(name: str, y: Tensor) -> Tensor:
        outputs.append((name, y.requires_grad_()))  # at frozen layers, too
        return y.clone()  # what follows may work in place

    layers = [(name, m) for name, m in network.named_modules() if isinstance(m, (nn.Conv2d, nn.Linear))]
    hooks = [m.register_forward_hook(lambda _, __, y, name=name: keep(name, y)) for name, m in layers]
    try:
        result = loss()
    finally:
        for hook in hooks:
            hook.remove()
    gradients = torch.autograd.grad(result, [y for _, y in outputs], allow_unused=True, materialize_grads=True)
    return [Signal(name, y.var().item(), g.var().item()) for (name, y), g in zip(outputs, gradients, strict=True)]


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


def measure_signals(layers: Sequence[Path]) -> list[Signal]:
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
    return train.guarded(lambda: draw({name: measure_signals(layers) for name, layers in runs.items()}))
