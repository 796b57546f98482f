"""Initialisations: the variance that each promises, and what that does to a signal through the layers."""

from collections.abc import Callable
from functools import partial

import pytest
import torch
from torch import nn

from experiments.trial.signals import Signal, measure_signal
from lightning_modules.pairing import stream
from lightning_modules.rewrites import (
    KaimingFanIn,
    KaimingFanOut,
    Normal,
    Orthogonal,
    Rewrite,
    TruncatedNormal,
    XavierNormal,
    XavierUniform,
)

# A dense, a grouped and a depthwise convolution, a linear layer, with fan-in and fan-out of a group.
LAYERS = {
    "dense": (lambda: nn.Conv2d(64, 32, 3), 576, 288),
    "grouped": (lambda: nn.Conv2d(128, 64, 5, groups=4), 800, 400),
    "depthwise": (lambda: nn.Conv2d(2000, 2000, 3, groups=2000), 9, 9),
    "linear": (lambda: nn.Linear(300, 100), 300, 100),
}
VARIANCES: list[tuple[Rewrite, Callable[[float, float], float]]] = [
    (XavierUniform(), lambda fan_in, fan_out: 2 / (fan_in + fan_out)),
    (XavierNormal(), lambda fan_in, fan_out: 2 / (fan_in + fan_out)),
    (KaimingFanIn(), lambda fan_in, fan_out: 2 / fan_in),
    (KaimingFanOut(), lambda fan_in, fan_out: 2 / fan_out),
    (TruncatedNormal(0.3), lambda fan_in, fan_out: 0.3**2 * 0.7737),  # scipy.stats.truncnorm(-2, 2).var()
    (Normal(0.5), lambda fan_in, fan_out: 0.5**2),
]


def ids(value: object) -> str:
    return type(value).__name__ if isinstance(value, Rewrite) else ""


def redrawn(rewrite: Rewrite, *layers: nn.Module, seed: int = 0) -> nn.Module:
    with stream(seed, type(rewrite).__name__):
        return rewrite(nn.Sequential(*layers))


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize(("rewrite", "variance"), VARIANCES, ids=ids)
def test_mean_and_variance_are_as_the_paper_says(
    rewrite: Rewrite, variance: Callable[[float, float], float], layer: str
) -> None:
    make, fan_in, fan_out = LAYERS[layer]
    weight = redrawn(rewrite, make())[0].weight
    expected = variance(fan_in, fan_out)
    assert weight.var().item() == pytest.approx(expected, rel=0.05)
    assert weight.mean().abs().item() < 4 * (expected / weight.numel()) ** 0.5


def test_uniform_and_truncated_weights_have_an_end() -> None:
    conv = partial(nn.Conv2d, 64, 32, 3)
    assert redrawn(XavierUniform(), conv())[0].weight.abs().max() <= (6 / 864) ** 0.5
    assert redrawn(TruncatedNormal(0.3), conv())[0].weight.abs().max() <= 0.6


@pytest.mark.parametrize(("layer", "groups"), [("dense", 1), ("grouped", 4), ("linear", 1)])
def test_orthogonal_rows(layer: str, groups: int) -> None:
    weight = redrawn(Orthogonal(gain=1.5), LAYERS[layer][0]())[0].weight
    for group in weight.flatten(1).chunk(groups):
        torch.testing.assert_close(group @ group.T, 1.5**2 * torch.eye(len(group)), rtol=1e-4, atol=1e-4)


def test_biases_and_norms_stay() -> None:
    conv, norm = nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)
    bias = conv.bias.detach().clone()
    redrawn(Normal(1.0), conv, norm)
    assert torch.equal(conv.bias, bias)
    assert torch.equal(norm.weight, torch.ones(4))


def test_two_layers_of_one_shape_differ_and_arms_share_their_noise() -> None:
    """So that a small and a large σ differ in nothing but σ."""
    small, large = (redrawn(Normal(std), nn.Conv2d(8, 8, 3), nn.Conv2d(8, 8, 3)) for std in (0.01, 1.0))
    assert not torch.equal(small[0].weight, small[1].weight)
    torch.testing.assert_close(100 * small[0].weight, large[0].weight)


def chain(depth: int, activation: Callable[[], nn.Module]) -> nn.Module:
    """Convolutions over a torus, so that no border thins the signal out."""
    convs = (nn.Conv2d(48, 48, 3, padding=1, padding_mode="circular", bias=False) for _ in range(depth))
    return nn.Sequential(*(layer for conv in convs for layer in (conv, activation())))


def gains(rewrite: Rewrite, activation: Callable[[], nn.Module], depth: int = 11) -> tuple[float, float]:
    """How much the variance of activations grows a layer forwards, and that of gradients backwards."""
    torch.manual_seed(0)
    signals = measure_signal(redrawn(rewrite, chain(depth, activation)), torch.randn(4, 48, 12, 12))
    (_, first, here), (_, last, there) = signals[0], signals[-1]
    return (last / first) ** (1 / (depth - 1)), (here / there) ** (1 / (depth - 1))


# Fan-in and fan-out are 432 here. ReLU halves what a layer passes on (He et al. 2015, eq. 8).
LEVELS = [
    (XavierUniform(), nn.Identity, 1),
    (XavierNormal(), nn.Identity, 1),
    (Orthogonal(1.0), nn.Identity, 1),
    (KaimingFanIn(), nn.ReLU, 1),
    (KaimingFanOut(), nn.ReLU, 1),
    (XavierNormal(), nn.ReLU, 1 / 2),
    (Normal(0.001), nn.ReLU, 0.001**2 * 432 / 2),
    (Normal(1.0), nn.ReLU, 432 / 2),
    (TruncatedNormal(0.02), nn.ReLU, 0.02**2 * 0.7737 * 432 / 2),
]


@pytest.mark.parametrize(("rewrite", "activation", "gain"), LEVELS, ids=ids)
def test_what_a_layer_does_to_the_signal(rewrite: Rewrite, activation: Callable[[], nn.Module], gain: float) -> None:
    """Xavier keeps it level through linear layers, Kaiming through ReLU; a wrong σ goes wrong with every layer."""
    assert gains(rewrite, activation) == (pytest.approx(gain, rel=0.25), pytest.approx(gain, rel=0.25))


def test_the_signal_is_measured_at_every_layer_and_leaves_no_trace() -> None:
    model = nn.Sequential(nn.Conv2d(1, 1, 1, bias=False), nn.Conv2d(1, 1, 1, bias=False))
    for conv, weight in zip(model, (3.0, 0.5), strict=True):
        nn.init.constant_(conv.weight, weight)
    x = torch.randn(8, 1, 64, 64)
    first, second = measure_signal(model, x)
    v = x.var().item()
    assert first == Signal("0", pytest.approx(9 * v, rel=1e-4), pytest.approx(0.25, rel=0.05))
    assert second == Signal("1", pytest.approx(2.25 * v, rel=1e-4), pytest.approx(1, rel=0.05))
    assert all(p.grad is None and not m._forward_hooks for m in model for p in m.parameters())


def test_the_signal_is_that_before_work_in_place_and_passes_frozen_layers() -> None:
    model = nn.Sequential(nn.Conv2d(1, 1, 1, bias=False), nn.ReLU(inplace=True), nn.Conv2d(1, 1, 1, bias=False))
    for conv, weight in zip(model[::2], (1.0, 2.0), strict=True):
        nn.init.constant_(conv.weight, weight)
    x = torch.randn(8, 1, 64, 64)
    first, _ = measure_signal(model.requires_grad_(False), x)
    assert first.activation == pytest.approx(x.var().item(), rel=1e-4)
    assert first.gradient == pytest.approx(2**2 / 2, rel=0.05)  # half of it passes the ReLU


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (partial(Normal, 0), "Normal: std must be positive, got 0"),
        (partial(TruncatedNormal, -1.0), r"TruncatedNormal: std must be positive, got -1\.0"),
        (partial(Orthogonal, 0.0), r"Orthogonal: gain must be positive, got 0\.0"),
    ],
)
def test_initialisations_refuse(make: Callable[[], Rewrite], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_drawing_leaves_the_global_state_alone() -> None:
    layers = [nn.Conv2d(3, 3, 3), nn.Linear(3, 3)]
    before = torch.get_rng_state()
    KaimingFanIn()(nn.Sequential(*layers))
    assert torch.equal(before, torch.get_rng_state())
