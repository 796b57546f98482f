"""The gradient monitor: its numbers, its warnings, its silence."""

from types import SimpleNamespace

import pytest
import torch
from torch import nn
from torch.optim import SGD

from lightning_modules.backbones import Tiny
from lightning_modules.callbacks import GradientMonitor
from lightning_modules.parts import part_of, weights
from tests.lightning_modules.fits import fit, pl


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
    network.features.backbone = Tiny(channels=2)
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


def layers_with(*gradients: float) -> nn.Sequential:
    network = nn.Sequential(*(nn.Linear(2, 1, bias=False) for _ in gradients))
    for layer, gradient in zip(network, gradients, strict=True):
        layer.weight.grad = torch.tensor([[gradient, 0.0]])
    return network


@pytest.mark.parametrize("wrong", [float("nan"), float("inf")])
def test_what_is_not_finite_is_worse_than_any_number(wrong):
    with pytest.warns(UserWarning, match=rf"explode: {wrong:.1e} in network\.1\.weight, and those of 2 other layers"):
        looked_at(layers_with(5e3, wrong, 2e4))


def test_a_network_whose_weights_are_all_frozen_has_nothing_to_look_at():
    assert looked_at(layers_with(1.0).requires_grad_(False)) == {}


def test_monitor_is_quiet_about_a_healthy_network_and_looks_when_it_should():
    done = fit(GradientMonitor(every=3))  # a warning would be an error
    never = fit(GradientMonitor(every=9))
    assert {f"{kind}/{part}" for kind in ("gradient", "update") for part in ("stem", "stages.2", "head")} <= {
        *done.trainer.callback_metrics
    }
    assert not [name for name in never.trainer.callback_metrics if name.startswith("gradient")]
