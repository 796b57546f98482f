"""Penalties, the proximal step and lookahead: exact, under accumulation and clipping too."""

import copy
from functools import partial
from types import SimpleNamespace

import pytest
import timm.optim
import torch
import torch.nn.functional as F
from torch import nn
from torch.optim import SGD, Adam

from lightning_modules import Segmentation
from lightning_modules.callbacks import L1Penalty, L1Proximal, L2Penalty, Lookahead, Sparsity
from lightning_modules.optim import NoDecay, Warmup
from lightning_modules.parts import weights
from tests.lightning_modules.fits import close, fit, pl


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
