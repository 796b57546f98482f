"""The label that does not count is the data's to say: a loss that ignores another is refused before training."""

from functools import partial

import pytest
import torch
from lightning.pytorch import LightningDataModule, Trainer

from datamodules import Digits
from lightning_modules import Segmentation
from lightning_modules.backbones import Tiny
from lightning_modules.losses import (
    OHEM,
    CrossEntropy,
    Dice,
    Focal,
    InverseFrequency,
    LovaszSoftmax,
    PixelLoss,
    WeightedSum,
)
from lightning_modules.optim import Warmup
from tests.lightning_modules.detectors import detection
from tests.lightning_modules.fits import QUIET


def segmentation(loss: PixelLoss) -> Segmentation:
    return Segmentation(11, partial(Tiny, channels=2), loss, partial(torch.optim.SGD, lr=0.1), Warmup)


def digits() -> Digits:
    return Digits(image_size=32, scale=(8, 20), train_scenes=4, val_scenes=4, test_scenes=4, batch_size=4)


@pytest.mark.parametrize("stage", ["fit", "validate", "test"])
@pytest.mark.parametrize(
    "loss",
    [
        CrossEntropy(ignore_index=-100),
        CrossEntropy(InverseFrequency(), ignore_index=254),
        Focal(ignore_index=-1),
        OHEM(ignore_index=-1),
        Dice(ignore_index=-1),
        LovaszSoftmax(ignore_index=-1),
        WeightedSum([CrossEntropy(ignore_index=-1), Dice(ignore_index=-1)], [1, 1]),
    ],
    ids=lambda loss: type(loss).__name__,
)
def test_a_loss_must_ignore_what_the_data_ignore(loss: PixelLoss, stage: str) -> None:
    message = rf"^{type(loss).__name__}: ignore_index must be 255, [^\n]*, got {loss.ignore_index}$"
    trainer = Trainer(accelerator="cpu", max_steps=1, use_distributed_sampler=False, **QUIET)
    with pytest.raises(ValueError, match=message):
        getattr(trainer, stage)(segmentation(loss), datamodule=digits())


@pytest.mark.parametrize("data", [LightningDataModule(), None])
def test_data_that_say_nothing_are_left_alone(data: LightningDataModule | None) -> None:
    task = segmentation(CrossEntropy(ignore_index=-100))
    task._trainer = Trainer(accelerator="cpu", **QUIET)
    task._trainer.datamodule = data
    task.setup("fit")


def test_what_a_detector_ignores_is_its_own() -> None:
    task = detection(loss=CrossEntropy(ignore_index=-100), num_classes=10)
    Trainer(accelerator="cpu", max_steps=1, limit_val_batches=1, use_distributed_sampler=False, **QUIET).fit(
        task, datamodule=digits()
    )
