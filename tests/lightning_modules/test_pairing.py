"""Pairing by construction: one seed, the same weights and the same dropout in every arm."""

from functools import partial

import pytest
import torch
from torch import nn

from lightning_modules.backbones import ResNet, Tiny
from lightning_modules.heads import FCNHead
from lightning_modules.networks import Features, SegmentationNetwork
from lightning_modules.pairing import build_paired, key, seed_generators, stream
from lightning_modules.pyramid import FPN, PPM
from lightning_modules.rewrites import DropPath, GroupNorm

HEAD = partial(FCNHead, hidden=8)


def network(backbone=Tiny, context=None, fusion=None):
    return SegmentationNetwork(Features(backbone, context, fusion), HEAD, num_classes=3)


def shared(one: nn.Module, other: nn.Module) -> list[str]:
    ours, theirs = one.state_dict(), other.state_dict()
    return [name for name in ours if name in theirs and ours[name].shape == theirs[name].shape]


@pytest.mark.parametrize("trick", [{"context": PPM}, {"fusion": partial(FPN, channels=8)}])
@pytest.mark.parametrize("backbone", [Tiny, partial(ResNet, width=0.125)])
def test_a_trick_that_inserts_layers_shifts_no_shared_weight(backbone, trick):
    plain = build_paired(partial(network, backbone), seed=3)
    tricked = build_paired(partial(network, backbone, **trick), seed=3)
    names = shared(plain, tricked)
    assert len(names) > 20
    for name in names:
        assert torch.equal(plain.state_dict()[name], tricked.state_dict()[name]), name


def test_weights_depend_on_the_seed_and_not_on_the_global_state():
    torch.manual_seed(1)
    one = build_paired(network, seed=0).state_dict()
    torch.manual_seed(2)
    same, other = build_paired(network, seed=0).state_dict(), build_paired(network, seed=1).state_dict()
    drawn = [name for name, weight in one.items() if weight.dim() == 4]
    assert all(torch.equal(one[name], same[name]) for name in one)
    assert not any(torch.equal(one[name], other[name]) for name in drawn)


def test_building_leaves_the_global_state_alone():
    torch.manual_seed(5)
    before = torch.get_rng_state()
    build_paired(network, seed=0)
    assert torch.equal(before, torch.get_rng_state())


def test_the_distribution_that_a_library_chose_is_kept():
    torch.manual_seed(0)
    plain = ResNet(18).stages[3][1].conv2.weight
    paired = build_paired(partial(ResNet, 18), seed=0).stages[3][1].conv2.weight
    assert paired.std().item() == pytest.approx(plain.std().item(), rel=0.01)


def test_two_parameters_of_one_shape_differ():
    model = build_paired(partial(Tiny, blocks=2), seed=0)
    first, second = model.stages[0][1].branch[0][0].weight, model.stages[0][1].branch[1].weight
    assert first.shape == second.shape
    assert not torch.equal(first, second)


def test_every_draw_of_a_parameter_is_replayed():
    class Twice(nn.Module):
        def __init__(self, extra: bool = False) -> None:
            super().__init__()
            if extra:
                self.extra = nn.Linear(3, 3)
            self.weight = nn.Parameter(torch.empty(4, 4))
            nn.init.trunc_normal_(self.weight, std=0.02)
            with torch.no_grad():
                self.weight[0].normal_()
            self.made = nn.Parameter(torch.randn(5))

    plain, tricked = build_paired(Twice, seed=0), build_paired(partial(Twice, extra=True), seed=0)
    assert torch.equal(plain.weight, tricked.weight)
    assert torch.equal(plain.made, tricked.made)
    assert plain.weight[1:].abs().max() < 0.1 < plain.weight[0].abs().max()


@pytest.mark.parametrize("rewrite", [GroupNorm(1), DropPath(0.5)])
def test_a_rewrite_leaves_drawn_weights_alone(rewrite):
    plain = build_paired(network, seed=0)
    rewritten = rewrite(build_paired(network, seed=0))
    for ours, theirs in zip(
        (p for p in plain.parameters() if p.dim() == 4),
        (p for p in rewritten.parameters() if p.dim() == 4),
        strict=True,
    ):
        assert torch.equal(ours, theirs)


def test_streams_are_named_and_apart():
    with stream(0, "a"):
        one = torch.rand(3)
    torch.rand(7)
    with stream(0, "a"):
        again = torch.rand(3)
    with stream(0, "b"):
        other = torch.rand(3)
    assert torch.equal(one, again)
    assert not torch.equal(one, other)
    assert key(1, "x") != key(1, "y") != key(2, "y")


@pytest.mark.parametrize("device", ["cpu", "cuda:1", "mps"])
def test_a_device_draws_what_torch_seeds_it_with(device, monkeypatch):
    gpus = torch.Generator(), torch.Generator()
    monkeypatch.setattr(torch.cuda, "default_generators", gpus)
    untouched = gpus[0].get_state()
    torch.manual_seed(5)
    expected = torch.rand(3)
    seed_generators(torch.device(device), 5)
    assert torch.equal(torch.rand(3), expected)
    assert torch.equal(torch.rand(3, generator=gpus[1]), expected) == (device == "cuda:1")
    assert torch.equal(gpus[0].get_state(), untouched)
