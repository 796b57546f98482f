"""What a training starts from: its weights, its first batch and its data as hashes, the commit and the machine."""

from collections.abc import Iterator
from hashlib import blake2b
from typing import Any

import torch
from lightning.pytorch import Callback, LightningModule, Trainer
from torch import Tensor

from experiments.trial.callbacks.place import describe_place


class Beginning(Callback):
    """The first of a trial's callbacks: others may change a batch.

    Two arms are paired on a seed if they start from the same batch, and from the same weights wherever both have them;
    what is kept here proves it, and tells the weights that come from a pretraining, which are the same in every seed.
    """

    def __init__(self) -> None:
        self.found: dict[str, Any] = {}
        self.places: list[dict[str, Any]] = []  # each that differs from the one before it

    def state_dict(self) -> dict[str, Any]:
        return {"found": self.found, "places": self.places}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.found, self.places = state_dict["found"], state_dict["places"]

    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        here = describe_place(pl_module.device)
        if self.places[-1:] != [here]:
            self.places = [*self.places, here]

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if trainer.is_global_zero and trainer.global_step == 0:
            self.found["weights"] = " ".join(_weight(name, p) for name, p in pl_module.named_parameters())
            self.found["samples"] = {"train": _size(trainer.train_dataloader), "val": _size(trainer.val_dataloaders)}

    def on_train_batch_start(self, trainer: Trainer, pl_module: LightningModule, batch: Any, batch_idx: int) -> None:
        if trainer.is_global_zero and trainer.global_step == 0 and batch_idx == 0 and trainer.current_epoch == 0:
            self.found["batch"] = _hash(*_bytes(batch))

    def on_validation_batch_start(
        self, trainer: Trainer, pl_module: LightningModule, batch: Any, batch_idx: int, dataloader_idx: int = 0
    ) -> None:
        if trainer.is_global_zero and batch_idx == dataloader_idx == 0 and "validation" not in self.found:
            self.found["validation"] = _hash(*_bytes(batch))


def watch(trainer: Any) -> None:
    """Let a training record what it starts from, before any of its callbacks changes a batch."""
    trainer.callbacks.insert(0, Beginning())


def _weight(name: str, parameter: Tensor) -> str:
    """Hashes of its name and shape and of its values, and their number, which is negative where all are equal."""
    values = parameter.to_local() if hasattr(parameter, "to_local") else parameter  # a shard of it
    constant = values.numel() > 0 and bool((values == values.flatten()[0]).all())
    key = _hash(f"{name} {tuple(parameter.shape)}".encode())
    return f"{key}:{_hash(_raw(values))}:{-values.numel() if constant else values.numel()}"


def _bytes(batch: Any) -> Iterator[bytes]:
    """All that a batch holds, in an order that is always the same."""
    if isinstance(batch, Tensor):
        yield _raw(batch)
    elif isinstance(batch, dict):
        yield from (part for key in sorted(batch, key=str) for part in _bytes(batch[key]))
    elif isinstance(batch, list | tuple):
        yield from (part for item in batch for part in _bytes(item))
    else:
        yield str(batch).encode()


def _raw(tensor: Tensor) -> bytes:
    # A copy: one number of stride 0 counts as contiguous and cannot be seen as bytes.
    values = tensor.detach().cpu().flatten().clone(memory_format=torch.contiguous_format)
    return values.view(torch.uint8).numpy().tobytes()


def _hash(*parts: bytes) -> str:
    found = blake2b(digest_size=4)
    for part in parts:
        found.update(part)
    return found.hexdigest()


def _size(loader: Any) -> int | None:
    """Samples of a loader, where it tells."""
    data: Any = getattr(loader, "dataset", None)
    return len(data) if hasattr(data, "__len__") else None
