"""Callbacks in real fits: what they do to the weights, and that they do nothing else."""

import copy
import warnings
from functools import partial
from itertools import chain
from types import SimpleNamespace

import pytest
import timm.optim
import torch
import torch.nn.functional as F
from lightning.pytorch import Callback, LightningModule, Trainer, seed_everything
from torch import nn
from torch.optim import SGD, Adam
from torch.optim.swa_utils import update_bn

from datamodules import Digits
from lightning_modules import Segmentation
from lightning_modules.backbones import Tiny
from lightning_modules.callbacks import (
    EMA,
    SWA,
    GradientMonitor,
    L1Penalty,
    L1Proximal,
    L2Penalty,
    Lookahead,
    Sparsity,
)
from lightning_modules.losses import CrossEntropy
from lightning_modules.optim import NoDecay, OneCycle, Plateau, Warmup
from lightning_modules.parts import part_of, weights

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


def fit(*callbacks, optimizer=SGD_SLOT, schedule=Warmup, rules=(), module=Segmentation, **trainer) -> Fit:
    seed_everything(3, verbose=False)
    data = Digits(image_size=32, scale=(8, 20), train_scenes=16, val_scenes=6, batch_size=4)
    module = module(11, partial(Tiny, width=2), CrossEntropy(), optimizer, schedule, parameter_rules=rules)
    tape = Tape()
    runner = Trainer(
        callbacks=[tape, *callbacks],
        **{"max_epochs": 2, "num_sanity_val_steps": 0, "use_distributed_sampler": False, **QUIET, **trainer},
    )
    runner.fit(module, datamodule=data)
    return Fit(module=module, trainer=runner, data=data, tape=tape)


def close(ours, theirs) -> bool:
    return all(torch.allclose(a, b, atol=1e-6) for a, b in zip(ours, theirs, strict=True))


def same(ours, theirs) -> bool:
    return all(torch.equal(a, b) for a, b in zip(ours, theirs, strict=True))


@pytest.fixture(scope="module")
def plain() -> Fit:
    return fit(max_epochs=4)


# Averages


@pytest.mark.parametrize("accumulate", [1, 2])
def test_ema_is_its_formula_and_leaves_training_alone(plain, accumulate):
    done = fit(EMA(decay=0.6), max_epochs=4, accumulate_grad_batches=accumulate)
    average = [torch.zeros_like(p) for p in done.tape.weights[0]]
    for n, current in enumerate(done.tape.weights):
        decay = min(0.6, (1 + n) / (10 + n)) if n else 0
        average = [decay * a + (1 - decay) * c for a, c in zip(average, current, strict=True)]
    assert close(done.module.parameters(), average)
    if accumulate == 1:
        assert same(chain(*done.tape.weights), chain(*plain.tape.weights))


def test_swa_is_the_mean_of_the_last_epochs_ends(plain):
    done = fit(SWA(start=0.5), max_epochs=4)
    ends = done.tape.weights[3::4]
    assert close(done.module.parameters(), [torch.stack(each).mean(0) for each in zip(*ends[1:], strict=True)])
    assert same(chain(*done.tape.weights), chain(*plain.tape.weights))
    assert done.tape.metrics[:2] == plain.tape.metrics[:2]  # the first average is of one
    assert done.tape.metrics[2:] != plain.tape.metrics[2:]


class Images(list):
    """What torch's `update_bn` wants: batches that are images."""

    def __init__(self, loader) -> None:
        super().__init__(batch["image"] for batch in loader)


@pytest.mark.parametrize("average", [EMA, partial(SWA, 0.3)], ids=["EMA", "SWA"])
def test_batch_norm_statistics_are_those_of_the_average(average):
    done = fit(average())
    ours = copy.deepcopy(done.module)
    update_bn(Images(done.data.train_dataloader()), done.module)
    assert close(ours.buffers(), done.module.buffers())
    assert all(norm.momentum == 0.1 for norm in ours.modules() if isinstance(norm, nn.BatchNorm2d))
    assert {m.training for m in ours.network.modules()} == {True}


@pytest.mark.parametrize("average", [EMA, partial(SWA, 0.3)], ids=["EMA", "SWA"])
def test_the_last_validation_measured_what_training_ended_with(average):
    done = fit(average(), max_epochs=3)
    (measured,) = done.trainer.validate(done.module, done.data, verbose=False)
    assert {name: done.tape.metrics[-1][name] for name in measured} == measured


@pytest.mark.parametrize("average", [EMA, partial(SWA, 0.3)], ids=["EMA", "SWA"])
def test_a_checkpoint_without_validation_has_the_right_statistics_too(average, tmp_path):
    trainer = {"enable_checkpointing": True, "default_root_dir": tmp_path, "max_epochs": 3}
    validated, blind = fit(average(), **trainer), fit(average(), limit_val_batches=0, **trainer)
    one, two = (
        torch.load(f.trainer.checkpoint_callback.best_model_path, weights_only=True) for f in (validated, blind)
    )
    assert one["state_dict"].keys() == two["state_dict"].keys()
    assert same(one["state_dict"].values(), two["state_dict"].values())
    assert same(validated.module.state_dict().values(), one["state_dict"].values())


# Regularisers


@pytest.mark.parametrize("accumulate", [1, 2])
def test_l2_penalty_is_weight_decay_under_sgd(accumulate):
    ours = fit(L2Penalty(0.1), accumulate_grad_batches=accumulate)
    decayed = partial(SGD, lr=0.05, momentum=0.9, weight_decay=0.1)
    theirs = fit(optimizer=decayed, rules=[NoDecay()], accumulate_grad_batches=accumulate)
    assert close(ours.module.parameters(), theirs.module.parameters())


def test_l2_penalty_is_adams_coupled_decay():
    ours = fit(L2Penalty(0.1), optimizer=partial(Adam, lr=0.01))
    theirs = fit(optimizer=partial(Adam, lr=0.01, weight_decay=0.1), rules=[NoDecay()])
    assert close(ours.module.parameters(), theirs.module.parameters())


class Lasso(Segmentation):
    """With the L1 penalty where the textbook has it."""

    def training_step(self, batch, batch_idx):
        return super().training_step(batch, batch_idx) + 0.01 * sum(w.abs().sum() for w in weights(self).values())


@pytest.mark.parametrize("trainer", [{}, {"accumulate_grad_batches": 2}, {"gradient_clip_val": 0.5}], ids=str)
def test_l1_penalty_is_a_term_of_the_loss(trainer):
    ours, theirs = fit(L1Penalty(0.01), **trainer), fit(module=Lasso, **trainer)
    assert close(ours.module.parameters(), theirs.module.parameters())
    assert not close(ours.module.parameters(), fit(**trainer).module.parameters())


def test_a_proximal_step_thresholds_by_the_rate_of_the_step():
    one, two = nn.Conv2d(2, 3, 3), nn.Linear(4, 5)
    optimizer = SGD([{"params": one.parameters(), "lr": 0.1}, {"params": two.parameters(), "lr": 1.0}], momentum=0.9)
    module = nn.ModuleList([one, two])
    expected = copy.deepcopy(module)
    L1Proximal(0.5).on_fit_start(SimpleNamespace(optimizers=[optimizer]), module)
    for p in module.parameters():
        p.grad = torch.ones_like(p)
    optimizer.step()
    for layer, lr in zip(expected, (0.1, 1.0), strict=True):
        stepped = layer.weight.detach() - lr
        layer.weight.data = stepped.sign() * (stepped.abs() - 0.5 * lr).clamp(min=0)
        layer.bias.data -= lr
    assert close(module.parameters(), expected.parameters())


def test_only_the_proximal_step_makes_zeros():
    proximal, penalty = fit(L1Proximal(0.2), Sparsity()), fit(L1Penalty(0.2), Sparsity())
    for done in (proximal, penalty):
        size = torch.cat([w.detach().abs().flatten() for w in weights(done.module).values()])
        shares = [float(done.trainer.callback_metrics[f"sparsity/{name}"]) for name in ("zero", "small")]
        assert shares == pytest.approx([float((size == 0).float().mean()), float((size < 1e-3).float().mean())])
    assert float(proximal.trainer.callback_metrics["sparsity/zero"]) > 0.1
    assert float(penalty.trainer.callback_metrics["sparsity/zero"]) == 0


def test_accumulated_batches_take_one_threshold(monkeypatch):
    thresholds = []
    monkeypatch.setattr(F, "softshrink", lambda weight, by: thresholds.append(by) or weight)
    done = fit(L1Proximal(0.1), schedule=partial(Warmup, length=2, start=0.5), accumulate_grad_batches=2)
    layers = len(weights(done.module))
    # Four steps of the optimizer over eight batches; the rate of step 0 is half, of step 1 three quarters.
    assert thresholds[::layers] == pytest.approx([0.1 * 0.05 * factor for factor in (0.5, 0.75, 1, 1)])


def test_lookahead_is_timms():
    """Its slow weights start at the first look; one look before the first step makes them start where ours do."""
    ours = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 2))
    theirs = copy.deepcopy(ours)
    inner = SGD(ours.parameters(), lr=0.1, momentum=0.9)
    Lookahead(alpha=0.4, k=3).on_fit_start(SimpleNamespace(optimizers=[inner]), pl(ours))
    outer = timm.optim.Lookahead(SGD(theirs.parameters(), lr=0.1, momentum=0.9), alpha=0.4, k=3)
    for step in range(7):
        for module, optimizer in ((ours, inner), (theirs, outer)):
            optimizer.zero_grad()
            torch.manual_seed(step)
            module(torch.randn(5, 3)).square().mean().backward()
            if step == 0 and optimizer is outer:
                outer.sync_lookahead()
            optimizer.step()
        assert close(ours.parameters(), theirs.parameters())


# Schedules inside a trainer


@pytest.mark.parametrize(("accumulate", "steps"), [(1, 8), (2, 4), (3, 4)])
def test_a_schedule_counts_optimizer_steps(accumulate, steps):
    """Four batches an epoch: accumulated by threes they make two steps, the second of one batch."""
    done = fit(schedule=partial(Warmup, length=2), accumulate_grad_batches=accumulate)
    (config,) = done.trainer.lr_scheduler_configs
    assert (done.trainer.global_step, config.scheduler.last_epoch, len(done.tape.weights)) == (steps, steps, steps)


@pytest.mark.parametrize(
    ("trainer", "validations"),
    [
        ({}, 4),
        ({"val_check_interval": 0.5}, 8),
        ({"check_val_every_n_epoch": 2}, 2),
        ({"accumulate_grad_batches": 3}, 4),
    ],
    ids=str,
)
def test_plateau_is_told_of_every_validation_once(trainer, validations):
    plateau = partial(Plateau, threshold=0.9, patience=0, gamma=0.5)  # no loss falls below a tenth of the first
    done = fit(schedule=plateau, max_epochs=4, num_sanity_val_steps=2, **trainer)
    (config,) = done.trainer.lr_scheduler_configs
    assert (
        config.scheduler.plateau.last_epoch == validations == len(done.tape.metrics) - 1
    )  # the tape has the sanity check
    assert done.trainer.optimizers[0].param_groups[0]["lr"] == pytest.approx(0.05 * 0.5 ** (validations - 1))


def test_one_cycle_fits_the_run():
    done = fit(schedule=OneCycle, accumulate_grad_batches=3)
    assert len(done.tape.rates) == 4
    assert done.tape.rates[0] == pytest.approx(0.04 * 0.05)
    assert done.tape.rates[-1] == pytest.approx(4e-6 * 0.05)


# The monitor


def pl(network: nn.Module) -> LightningModule:
    module = LightningModule()
    module.network = network
    module.logged = {}
    module.log_dict = lambda values, **_: module.logged.update(values)
    return module


def looked_at(network: nn.Module, step=lambda: None, **arguments) -> dict[str, float]:
    module, trainer = pl(network), SimpleNamespace(global_step=0)
    monitor = GradientMonitor(every=1, **arguments)
    monitor.on_before_optimizer_step(trainer, module, None)
    step()
    monitor.on_train_batch_end(trainer, module, None, None, 0)
    return module.logged


def test_monitor_logs_norms_and_ratios_of_each_part():
    network = nn.Sequential()
    network.features = nn.Sequential()
    network.features.backbone = Tiny(width=2)
    network.head = nn.Conv2d(16, 3, 1)
    network.head(network.features.backbone(torch.randn(2, 3, 32, 32))[-1]).square().mean().backward()
    optimizer = SGD(network.parameters(), lr=0.3)
    before = {name: w.detach().clone() for name, w in weights(network).items()}
    logged = looked_at(network, optimizer.step)
    for part in ("stem", "stages.0", "stages.1", "stages.2", "head"):
        names = [name for name in before if part_of(name) == part]
        gradient = torch.cat([network.get_parameter(name).grad.flatten() for name in names]).norm()
        weight = torch.cat([before[name].flatten() for name in names]).norm()
        assert logged[f"gradient/{part}"] == pytest.approx(float(gradient), rel=1e-5)
        assert logged[f"update/{part}"] == pytest.approx(0.3 * float(gradient / weight), rel=1e-3)
    assert len(logged) == 10


@pytest.mark.parametrize(
    ("scale", "message"),
    [
        (1e-2, r"at step 0 the gradients vanish: \d\.\de-\d\d in network\.\d\.weight, and those of \d+ other layers"),
        (1e1, r"at step 0 the gradients explode: \d\.\de\+\d\d in network\.\d\.weight, and those of \d+ other layers"),
        (float("inf"), "at step 0 the gradients explode: nan in network"),
    ],
)
def test_monitor_says_what_depth_does_to_gradients(scale, message):
    torch.manual_seed(0)
    network = nn.Sequential(*(nn.Linear(8, 8) for _ in range(9)))
    for layer in network:
        nn.init.normal_(layer.weight, std=1)
        layer.weight.data *= scale
    network(torch.randn(4, 8)).sum().backward()
    with pytest.warns(UserWarning, match=message):
        looked_at(network)


def test_monitor_is_quiet_about_a_healthy_network_and_looks_when_it_should():
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        done = fit(GradientMonitor(every=3))
        never = fit(GradientMonitor(every=9))
    assert {f"{kind}/{part}" for kind in ("gradient", "update") for part in ("stem", "stages.2", "head")} <= {
        *done.trainer.callback_metrics
    }
    assert not [name for name in never.trainer.callback_metrics if name.startswith("gradient")]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: EMA(decay=1), r"EMA: decay must lie in \[0, 1\), got 1"),
        (lambda: EMA(batches=0), "EMA: batches must be at least 1, got 0"),
        (lambda: SWA(start=1), r"SWA: start must lie in \[0, 1\), got 1"),
        (lambda: fit(SWA(start=0.9)), "SWA: from 0.9 of 2 epochs on there are no two to average; start earlier"),
        (lambda: fit(EMA(), SWA()), "EMA: only one average can be validated; leave one out"),
        (lambda: L1Penalty(0), "L1Penalty: strength must be positive, got 0"),
        (lambda: L2Penalty(-1), "L2Penalty: strength must be positive, got -1"),
        (lambda: L1Proximal(0), "L1Proximal: strength must be positive, got 0"),
        (lambda: Lookahead(alpha=1), r"Lookahead: alpha must lie in \(0, 1\), got 1"),
        (lambda: Lookahead(k=1), "Lookahead: k must be at least 2, got 1"),
        (lambda: GradientMonitor(every=0), "GradientMonitor: every must be at least 1, got 0"),
        (lambda: GradientMonitor(low=1, high=1), "bounds must be 0 < low < high, got low=1 and high=1"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(make, message):
    with pytest.raises(ValueError, match=f"{message}$"):
        make()
