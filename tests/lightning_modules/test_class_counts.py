"""Class weights that are computed from the data: the same in every stage and on every rank."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from lightning.pytorch import Trainer, seed_everything
from torch import Tensor

from datamodules import DenseData, DigitClasses, Digits
from lightning_modules import Classification, Detection, Segmentation
from lightning_modules.backbones import Tiny
from lightning_modules.heads import FCOSHead
from lightning_modules.losses import CrossEntropy, EffectiveNumber, GIoU, InverseFrequency
from lightning_modules.optim import Warmup
from lightning_modules.tasks.base import DenseModule
from tests.lightning_modules.fits import QUIET, SGD_SLOT

TASKS: list[tuple[type[DenseModule], dict[str, Any]]] = [
    (Segmentation, {"num_classes": 11}),
    (Classification, {"num_classes": 10}),
    (Detection, {"num_classes": 10, "box_loss": GIoU(), "head": partial(FCOSHead, channels=4, depth=1)}),
]
every_task = pytest.mark.parametrize(("task", "arguments"), TASKS, ids=[task.__name__ for task, _ in TASKS])


def built(task: type[DenseModule], arguments: dict[str, Any], rule: Any = InverseFrequency) -> DenseModule:
    seed_everything(3, verbose=False)
    loss = CrossEntropy(rule())
    return task(backbone=partial(Tiny, channels=2), loss=loss, optimizer=SGD_SLOT, schedule=Warmup, **arguments)


def data(task: type[DenseModule]) -> DenseData:
    if task is Classification:
        return DigitClasses(image_size=24, scale=(8, 20), train_images=24, val_images=8, batch_size=4)
    return Digits(image_size=32, scale=(8, 20), train_scenes=16, val_scenes=4, test_scenes=4, batch_size=4)


def trainer(**arguments: Any) -> Trainer:
    arguments = {"max_steps": 2, "limit_val_batches": 1, "use_distributed_sampler": False, **QUIET, **arguments}
    return Trainer(accelerator="cpu", **arguments)


@every_task
@pytest.mark.parametrize("rule", [InverseFrequency, EffectiveNumber])
def test_a_trained_model_is_validated_and_tested_under_the_weights_it_was_trained_with(
    task: type[DenseModule], arguments: dict[str, Any], rule: Any
) -> None:
    trained = built(task, arguments, rule)
    trainer().fit(trained, data(task))
    assert trained.loss.class_weights.unique().numel() > 1
    for stage in ("validate", "test"):
        fresh = built(task, arguments, rule)
        fresh.load_state_dict(trained.state_dict())
        (scores,) = getattr(trainer(), stage)(fresh, data(task), verbose=False)
        assert scores[{"validate": "val/loss", "test": "test/loss"}[stage]] > 0
        assert torch.equal(fresh.loss.class_weights, trained.loss.class_weights)


@every_task
def test_two_ranks_share_the_weights_of_one(tmp_path: Path, task: type[DenseModule], arguments: dict[str, Any]) -> None:
    alone = built(task, arguments)
    trainer().fit(alone, data(task))
    model = built(task, arguments)
    # Before DDP copies the buffers of the first rank to the second.
    model.configure_model = lambda: torch.save(model.loss.class_weights, tmp_path / str(model.global_rank))
    trainer(strategy="ddp_fork", devices=2, limit_val_batches=0).fit(model, data(task))
    first, second = (torch.load(tmp_path / rank) for rank in "01")
    assert torch.equal(first, second)
    torch.testing.assert_close(first, alone.loss.class_weights)


def test_prediction_reads_no_training_data() -> None:
    class NoTraining(Digits):
        def train_dataloader(self) -> Any:
            raise AssertionError

    task, arguments = TASKS[0]
    (labels,) = trainer().predict(built(task, arguments), NoTraining(image_size=32, scale=(8, 20), test_scenes=2))
    assert isinstance(labels, Tensor)


def test_detection_counts_the_labels_of_all_anchors() -> None:
    model = built(*TASKS[2])
    trainer().validate(model, data(Detection), verbose=False)
    assert model.loss.class_weights.shape == (11,)
    assert model.loss.class_weights.argmin() == 10  # background
