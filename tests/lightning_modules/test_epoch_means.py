"""The means of an epoch's training steps are those that Lightning would log."""

from types import SimpleNamespace

import pytest
import torch
from lightning.pytorch import Callback, LightningModule, Trainer
from torch import Tensor
from torch.utils.data import DataLoader

from lightning_modules.tasks.epoch_means import log_means


class Both(LightningModule):
    """Logs each value by both ways."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(()))
        self.calls = 0

    def training_step(self, batch: Tensor, batch_idx: int) -> Tensor:
        value = batch.double().pow(2).mean() + self.current_epoch
        log_means(self, {"ours": value, "twice": 2 * value}, batch_idx, len(batch))
        self.log("theirs", value, on_step=False, on_epoch=True, batch_size=len(batch))
        return self.weight * 0

    def log_dict(self, *arguments: object, **named: object) -> None:  # type: ignore[override]
        self.calls += 1
        super().log_dict(*arguments, **named)  # type: ignore[arg-type]

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=0.1)


class Seen(Callback):
    def __init__(self) -> None:
        self.epochs: list[dict[str, float]] = []

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.epochs.append({name: float(value) for name, value in trainer.callback_metrics.items()})


@pytest.mark.parametrize("limits", [{}, {"max_steps": 6}, {"accumulate_grad_batches": 2}], ids=str)
def test_means_are_lightnings_for_uneven_batches_and_a_cut_epoch(tmp_path, limits):
    module, seen = Both(), Seen()
    quiet = dict.fromkeys(("logger", "enable_checkpointing", "enable_progress_bar", "enable_model_summary"), False)
    trainer = Trainer(max_epochs=3, accelerator="cpu", default_root_dir=tmp_path, callbacks=[seen], **quiet, **limits)
    trainer.fit(module, DataLoader(torch.arange(10.0), batch_size=4))
    assert len(seen.epochs) == (2 if "max_steps" in limits else 3)
    for epoch in seen.epochs:
        assert epoch["ours"] == pytest.approx(epoch["theirs"])
        assert epoch["twice"] == pytest.approx(2 * epoch["theirs"])
    assert seen.epochs[1]["ours"] == pytest.approx(seen.epochs[0]["ours"] + 1) or "max_steps" in limits
    assert module.calls == len(seen.epochs)  # an epoch's first step alone


def test_without_a_trainer_lightning_says_what_is_missing():
    module = Both()
    with pytest.warns(UserWarning, match="not registered"):
        log_means(module, {"ours": torch.ones(())}, 1, 2)


def test_a_step_keeps_no_graph(monkeypatch):
    kept = {}
    sums = {"training_step.loss": None}
    results = SimpleNamespace(keys=sums.keys, update_metrics=lambda key, value, size: kept.update({key: (value, size)}))
    module = Both()
    monkeypatch.setattr(Both, "trainer", SimpleNamespace(fit_loop=SimpleNamespace(_results=results)))
    module._trainer = object()
    log_means(module, {"loss": module.weight * 2}, 3, 5)
    value, size = kept["training_step.loss"]
    assert not value.requires_grad
    assert size == 5
