"""Small fits in this process, with what they did kept."""

from functools import partial
from types import SimpleNamespace

import torch
from lightning.pytorch import Callback, LightningModule, Trainer, seed_everything
from torch import nn
from torch.optim import SGD

from datamodules import Digits
from lightning_modules import Segmentation
from lightning_modules.backbones import Tiny
from lightning_modules.losses import CrossEntropy
from lightning_modules.optim import Warmup

SGD_SLOT = partial(SGD, lr=0.05, momentum=0.9)
QUIET = {"logger": False, "enable_checkpointing": False, "enable_progress_bar": False, "enable_model_summary": False}


class Tape(Callback):
    """Keeps the rates and weights of every optimizer step and the metrics of every validation."""

    def __init__(self) -> None:
        self.rates, self.weights, self.metrics = [], [], []

    def on_before_optimizer_step(self, trainer, pl_module, optimizer):
        self.rates.append(optimizer.param_groups[0]["lr"])

    def on_train_batch_end(self, trainer, pl_module, *_):
        if trainer.global_step > len(self.weights):
            self.weights.append([p.detach().clone() for p in pl_module.parameters()])

    def on_validation_end(self, trainer, pl_module):
        self.metrics.append({name: float(value) for name, value in trainer.callback_metrics.items()})


class Fit(SimpleNamespace):
    """A module after a fit, with its trainer and its tape."""


def fit(
    *callbacks, optimizer=SGD_SLOT, schedule=Warmup, rules=(), module=Segmentation, ckpt_path=None, **trainer
) -> Fit:
    seed_everything(3, verbose=False)
    data = Digits(image_size=32, scale=(8, 20), train_scenes=16, val_scenes=6, batch_size=4)
    module = module(11, partial(Tiny, channels=2), CrossEntropy(), optimizer, schedule, parameter_rules=rules)
    tape = Tape()
    runner = Trainer(
        callbacks=[tape, *callbacks],
        **{"max_epochs": 2, "num_sanity_val_steps": 0, "use_distributed_sampler": False, **QUIET, **trainer},
    )
    runner.fit(module, datamodule=data, ckpt_path=ckpt_path)
    return Fit(module=module, trainer=runner, data=data, tape=tape)


def close(ours, theirs) -> bool:
    return all(torch.allclose(a, b, atol=1e-6) for a, b in zip(ours, theirs, strict=True))


def same(ours, theirs) -> bool:
    return all(torch.equal(a, b) for a, b in zip(ours, theirs, strict=True))


def pl(network: nn.Module) -> LightningModule:
    module = LightningModule()
    module.network = network
    module.logged = {}
    module.log_dict = lambda values, **_: module.logged.update(values)
    return module
