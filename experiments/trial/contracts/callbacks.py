"""The contract of every callback that acts while a network trains."""

import tempfile
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import torch
from lightning.pytorch import Callback, LightningModule, Trainer, seed_everything
from lightning.pytorch.callbacks import Checkpoint
from torch import Tensor
from torch.optim import SGD

from datamodules import Digits
from experiments.trial.callbacks.resume import Resume
from lightning_modules import Segmentation
from lightning_modules.backbones import Tiny
from lightning_modules.losses import CrossEntropy
from lightning_modules.optim import Warmup

Make: TypeAlias = Callable[[], Callback]
EPOCHS = 4
TRAINER: dict[str, Any] = {
    "accelerator": "cpu",
    "devices": 1,
    "max_epochs": EPOCHS,
    "num_sanity_val_steps": 0,
    "use_distributed_sampler": False,
    "logger": False,
    "enable_progress_bar": False,
    "enable_model_summary": False,
}


class KeepHalf(Checkpoint):
    """Writes a checkpoint half way, after all that the other callbacks do there."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if trainer.current_epoch == EPOCHS // 2 - 1:
            trainer.save_checkpoint(self.file, weights_only=False)


class Run(NamedTuple):
    """What a run ended with, and its checkpoint of half way."""

    weights: dict[str, Tensor]
    half: bytes


@cache
def _whole(make: Make) -> Run:
    return _run(make)


def _run(make: Make, checkpoint: bytes = b"") -> Run:
    """A small segmentation, trained with the callback: whole, or from a checkpoint on."""
    seed_everything(0, verbose=False)
    data = Digits(image_size=32, scale=(8, 20), train_scenes=8, val_scenes=2, batch_size=4)
    module = Segmentation(11, partial(Tiny, channels=2), CrossEntropy(), partial(SGD, lr=0.05, momentum=0.9), Warmup)
    with tempfile.TemporaryDirectory() as folder:
        begun, keep = Path(folder) / "begun.ckpt", KeepHalf(Path(folder) / "half.ckpt")
        begun.write_bytes(checkpoint)
        trainer = Trainer(callbacks=[make(), Resume(), keep], **TRAINER)
        trainer.fit(module, datamodule=data, ckpt_path=begun if checkpoint else None, weights_only=True)
        kept = keep.file.read_bytes() if keep.file.exists() else b""  # a resumed run leaves none
        return Run({name: value.clone() for name, value in module.state_dict().items()}, kept)


def _different(one: dict[str, Tensor], other: dict[str, Tensor]) -> list[str]:
    return [name for name in one if not torch.equal(one[name], other[name])]


def it_trains(make: Make) -> None:
    """A network trains with it, and all of its weights stay finite."""
    broken = [name for name, value in _whole(make).weights.items() if not value.isfinite().all()]
    assert not broken, f"{broken[0]} is not finite after {EPOCHS} epochs"


def equal_seeds_train_equally(make: Make) -> None:
    """With one seed it trains the same weights."""
    different = _different(_whole(make).weights, _run(make).weights)
    assert not different, f"{different[0]} differs between two runs of one seed"


def a_resumed_run_ends_in_the_same_bits(make: Make) -> None:
    """What it keeps between steps is in the checkpoint: a run that is killed and resumed ends in the same weights."""
    whole = _whole(make)
    different = _different(whole.weights, _run(make, whole.half).weights)
    assert not different, f"{different[0]} differs after a resume from epoch {EPOCHS // 2}"


CONTRACT: tuple[Callable[[Make], None], ...] = (
    it_trains,
    equal_seeds_train_equally,
    a_resumed_run_ends_in_the_same_bits,
)
