"""The segmentation module: the papers' mIoU, one batch for all arms, dropout on a stream of its own."""

from functools import partial

import numpy as np
import pytest
import torch
from lightning.pytorch import Callback, Trainer, seed_everything
from torch import nn
from torchmetrics.classification import MulticlassAccuracy, MulticlassJaccardIndex

from datamodules import Digits
from experiments.images.labels import tally
from experiments.images.scored import score
from lightning_modules import Segmentation
from lightning_modules.backbones import Tiny
from lightning_modules.heads import FCNHead
from lightning_modules.losses import CrossEntropy
from lightning_modules.losses.class_weights import InverseFrequency
from lightning_modules.optim import Warmup
from lightning_modules.pyramid import FPN, PPM
from lightning_modules.rewrites import DropPath

SGD = partial(torch.optim.SGD, lr=0.05)


def module(**parts) -> Segmentation:
    parts = {"backbone": partial(Tiny, channels=4), "loss": CrossEntropy(), "head": partial(FCNHead, hidden=8), **parts}
    return Segmentation(num_classes=11, optimizer=SGD, schedule=Warmup, **parts)


def data() -> Digits:
    return Digits(image_size=32, scale=(8, 20), train_scenes=16, val_scenes=10, batch_size=4)


def trainer(folder, *callbacks, **arguments) -> Trainer:
    quiet = {
        "logger": False,
        "enable_checkpointing": False,
        "enable_progress_bar": False,
        "enable_model_summary": False,
    }
    quiet["max_epochs"] = 1
    return Trainer(
        accelerator="cpu",
        use_distributed_sampler=False,
        callbacks=list(callbacks),
        default_root_dir=folder,
        **{**quiet, **arguments},
    )


class Seen(Callback):
    """Keeps the first training batch, and what dropout draws on the way."""

    def on_train_batch_start(self, trainer, pl_module, batch, batch_idx):
        if batch_idx == 0:
            self.batch = {name: value for name, value in batch.items() if isinstance(value, torch.Tensor)}
            self.drawn = torch.rand(8)


def test_metrics_are_those_of_torchmetrics_over_the_whole_set(tmp_path):
    seed_everything(0)
    model, scenes = module(), data()
    (logged,) = trainer(tmp_path).validate(model, scenes, verbose=False)
    miou = MulticlassJaccardIndex(11, average="macro", ignore_index=255)
    per_class = MulticlassJaccardIndex(11, average="none", ignore_index=255)
    accuracy = MulticlassAccuracy(11, average="micro", ignore_index=255)
    with torch.no_grad():
        for batch in scenes.val_dataloader():
            for metric in (miou, per_class, accuracy):
                metric.update(model.eval()(batch["image"]).argmax(1), batch["mask"])
    assert logged["val/miou"] == pytest.approx(miou.compute().item(), abs=1e-6)
    assert logged["val/accuracy"] == pytest.approx(accuracy.compute().item(), abs=1e-6)
    for name, value in zip(scenes.classes, per_class.compute().tolist(), strict=True):
        assert logged[f"val/iou/{name}"] == pytest.approx(value, abs=1e-6)


def test_a_class_that_never_occurs_is_left_out_of_the_mean():
    model = module()
    model.class_names = tuple("0123456789a")
    logged = {}
    model.log_dict = lambda values, **_: logged.update(values)
    labels = torch.tensor([[[0, 0, 1, 1]]])
    model.confusion.update(torch.tensor([[[0, 0, 0, 1]]]), labels)
    model.mean_loss.update(1.0)
    model.on_validation_epoch_end()
    assert logged["val/miou"].item() == pytest.approx((2 / 3 + 1 / 2) / 2)
    assert logged["val/iou/5"].isnan()


def test_a_stray_pixel_of_a_class_that_the_labels_lack_moves_mean_iou_by_a_pixel():
    """As a class of its own, with an IoU of 0, it would move the mean by 1 / C."""
    model = module()
    labels = torch.arange(10).repeat_interleave(100).view(1, 10, 100)
    predicted = labels.clone()
    predicted[0, 0, 0] = 10
    model.class_names = tuple("0123456789a")
    model.confusion.update(predicted, labels)
    scores = model.scores()
    assert scores["miou"].item() == pytest.approx(1 - 0.01 / 10)
    assert scores["iou/a"].isnan()
    tables = {
        "task": np.array("segmentation"),
        "classes": np.array(model.class_names),
        "places": np.arange(1),
        "pixels": tally(labels.numpy(), predicted.numpy(), *[np.ones((1, 10, 100), bool)] * 2, 11),
    }
    for metric in ("miou", "iou/0", "iou/a"):
        (recomputed,) = score(tables, metric, np.ones((1, 1)))
        assert recomputed == pytest.approx(scores[metric].item(), nan_ok=True)


@pytest.mark.parametrize(
    "trick",
    [
        {"context": PPM},
        {"fusion": partial(FPN, channels=8)},
        {"head": partial(FCNHead, hidden=8, dropout=0.5)},
        {"rewrites": [DropPath(0.5)]},
    ],
    ids=["context", "fusion", "dropout", "drop_path"],
)
def test_every_arm_sees_the_same_first_batch_and_draws_the_same_dropout(tmp_path, trick):
    seen = []
    for parts in ({}, trick):
        seed_everything(7)
        seen.append(Seen())
        trainer(tmp_path, seen[-1], limit_train_batches=1, limit_val_batches=0).fit(module(**parts), data())
    baseline, tricked = seen
    assert baseline.batch.keys() == tricked.batch.keys()
    assert all(torch.equal(baseline.batch[name], tricked.batch[name]) for name in baseline.batch)
    assert torch.equal(baseline.drawn, tricked.drawn)


def test_the_rate_is_stepped_at_every_optimizer_step(tmp_path):
    rates = []

    class Rates(Callback):
        def on_train_batch_end(self, trainer, *_):
            rates.append(trainer.optimizers[0].param_groups[0]["lr"])

    model = module()
    model.schedule = partial(Warmup, length=3, start=0.1)
    trainer(tmp_path, Rates(), limit_val_batches=0).fit(model, data())
    assert rates == pytest.approx([0.05 * factor for factor in (0.4, 0.7, 1.0, 1.0)])


def test_class_weights_come_from_the_training_masks(tmp_path):
    model, scenes = module(loss=CrossEntropy(InverseFrequency())), data()
    trainer(tmp_path, limit_train_batches=1, limit_val_batches=0).fit(model, scenes)
    masks = torch.cat([batch["mask"] for batch in scenes.train_dataloader()])
    counts = masks[masks != 255].bincount(minlength=11)
    occurs = counts > 0
    ratio = model.loss.class_weights[occurs] * counts[occurs]
    torch.testing.assert_close(ratio, ratio[0].expand_as(ratio))


def test_a_run_without_an_end_has_no_schedule(tmp_path):
    with pytest.raises(ValueError, match=r"set trainer\.max_epochs or trainer\.max_steps"):
        trainer(tmp_path, max_epochs=-1).fit(module(), data())


def test_the_network_is_plain_torch():
    assert isinstance(module().network, nn.Module)
    exported = torch.export.export(module().network.eval(), (torch.rand(1, 3, 32, 32),))
    assert exported.module()(torch.rand(1, 3, 32, 32)).shape == (1, 11, 32, 32)
