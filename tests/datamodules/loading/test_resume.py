"""A real Trainer, interrupted and resumed, ends with the weights of one that was not."""

import pytest
import torch
from lightning.pytorch import Callback, LightningModule, Trainer, seed_everything
from lightning.pytorch.callbacks import ModelCheckpoint
from torch import Tensor, nn

from tests.datamodules.numbered import NumberedData, Shade


class Linear(LightningModule):
    """Least squares; the weights depend on every batch and on their order."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(3 * 64, 1)
        self.seen: list[list[int]] = []

    def training_step(self, batch: dict[str, Tensor | list[Tensor]], batch_idx: int) -> Tensor:
        self.seen.append([int(label) for label in batch["labels"]])
        target = torch.cat(batch["labels"]).float()
        return ((self.layer(batch["image"].flatten(1) / 10).squeeze(1) - target) ** 2).mean()

    def validation_step(self, batch: dict[str, Tensor | list[Tensor]], batch_idx: int) -> None:
        pass

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=0.01, momentum=0.9)


class Kill(Callback):
    """Ends the run as a crash would."""

    def __init__(self, step: int) -> None:
        self.step = step

    def on_train_batch_start(self, trainer: Trainer, *_: object) -> None:
        if trainer.global_step == self.step:
            raise KeyboardInterrupt


def fit(folder, workers: int, *callbacks: Callback, ckpt_path=None, **trainer) -> Linear:
    seed_everything(7, verbose=False)
    model = Linear()
    data = NumberedData(size=16, batch_size=3, num_workers=workers, train_transforms=[Shade()])  # 5 batches
    Trainer(
        **{"max_epochs": 3, **trainer},
        callbacks=[ModelCheckpoint(folder, every_n_train_steps=1, save_top_k=-1, filename="{step}"), *callbacks],
        default_root_dir=folder,
        accelerator="cpu",
        logger=False,
        use_distributed_sampler=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    ).fit(model, data, ckpt_path=ckpt_path, weights_only=False)
    return model


@pytest.mark.parametrize(
    ("workers", "limit", "steps"),
    [(0, 1.0, (1, 7, 10)), (2, 1.0, (7, 10)), (0, 4, (4, 6, 8))],
    ids=["whole epochs", "with workers", "epochs cut to 4 batches"],
)
def test_a_killed_run_resumes_as_if_nothing_had_happened(tmp_path, workers, limit, steps):
    """Killed in the first epoch, in the middle of a later one and between two, also when epochs are cut short."""
    whole = fit(tmp_path / "whole", workers, limit_train_batches=limit)
    for step in steps:
        folder = tmp_path / f"killed-{step}"
        with pytest.raises((SystemExit, KeyboardInterrupt)):
            fit(folder, workers, Kill(step), limit_train_batches=limit)
        resumed = fit(folder, workers, ckpt_path=folder / f"step={step}.ckpt", limit_train_batches=limit)
        assert resumed.seen == whole.seen[step:]
        assert torch.equal(resumed.layer.weight, whole.layer.weight)


@pytest.mark.filterwarnings("ignore:You requested to overfit but enabled .* dataloader shuffling")
def test_overfitting_trains_on_the_same_batches_every_epoch(tmp_path):
    assert fit(tmp_path, 0, overfit_batches=2).seen == 3 * [[0, 1, 2], [3, 4, 5]]
