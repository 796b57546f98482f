"""One contract for every rewrite, found by being there, on networks of three makes."""

import copy
import inspect
from collections.abc import Callable
from functools import cache, partial
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torchvision.models.convnext import CNBlockConfig, ConvNeXt

from lightning_modules import rewrites
from lightning_modules.backbones import Backbone, ResNet, Tiny
from lightning_modules.heads import FCNHead, UPerHead
from lightning_modules.layers import Level
from lightning_modules.networks import Features, SegmentationNetwork
from lightning_modules.pairing import build_paired, stream
from lightning_modules.pyramid import FPA, FPN
from lightning_modules.rewrites import DropPath, Rewrite
from tests.walk import subclasses

# What the defaults do not fit these thin networks in.
ARGUMENTS: dict[str, dict[str, Any]] = {"GroupNorm": {"groups": 2}, "Freeze": {"parts": ["backbone"]}}
REGULARISERS = {"DropPath", "Dropout", "Dropout2d", "MisplacedDropPath"}


class Next(Backbone):
    """A ConvNeXt of two thin stages: LayerNorms, layer scale, stochastic depth; no BatchNorm."""

    def __init__(self) -> None:
        super().__init__()
        self.net = ConvNeXt([CNBlockConfig(8, 16, 1), CNBlockConfig(16, None, 2)], layer_scale=1.0).features
        self.levels = (Level(16, 8),)

    def forward(self, image: Tensor) -> list[Tensor]:
        return [self.net(image)]


def network(backbone: Callable[[], Backbone], **blocks: Any) -> SegmentationNetwork:
    features = Features(backbone, blocks.get("context"), blocks.get("fusion"))
    return SegmentationNetwork(features, partial(blocks.get("head", FCNHead), hidden=8), num_classes=3)


TINY = partial(Tiny, channels=4, stages=2)
NETWORKS = {
    "Tiny": partial(network, TINY, fusion=partial(FPN, channels=8), head=UPerHead),
    "ResNet": partial(network, partial(ResNet, 18, width=0.125)),
    "ConvNeXt": partial(network, Next),
}
REWRITES = {cls.__name__: cls for cls in subclasses(Rewrite)}
# ConvNeXt's backbone has no BatchNorm to freeze, its branches end in a linear layer, its shortcuts are no modules.
REFUSED = [("ConvNeXt", "FrozenBatchNorm"), ("ConvNeXt", "ZeroGamma"), ("ConvNeXt", "NoShortcut")]
PAIRS = [(net, name) for net in NETWORKS for name in REWRITES if (net, name) not in REFUSED]
every_pair = pytest.mark.parametrize(("net", "name"), PAIRS)
every_rewrite = pytest.mark.parametrize("name", REWRITES)


@cache
def built(net: str) -> nn.Module:
    return build_paired(NETWORKS[net], seed=0)


def plain(net: str) -> nn.Module:
    return copy.deepcopy(built(net))


def rewrite(model: nn.Module, name: str, seed: int = 0) -> nn.Module:
    """As a task applies it."""
    with stream(seed, name):
        return REWRITES[name](**ARGUMENTS.get(name, {}))(model)


def made(net: str, name: str, seed: int = 0) -> nn.Module:
    return rewrite(plain(net), name, seed)


def images(size: int = 64) -> Tensor:
    return torch.randn(2, 3, size, size, generator=torch.Generator().manual_seed(0))


def weights(model: nn.Module) -> dict[str, Tensor]:
    return {name: p.detach() for name, p in model.named_parameters() if p.dim() > 1}


def same(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[key], other[key]) for key in one)


def test_every_rewrite_is_exported() -> None:
    """Else its short name does not resolve in YAML."""
    assert REWRITES.keys() <= set(rewrites.__all__)


@every_rewrite
def test_every_argument_has_a_default_and_a_type(name: str) -> None:
    parameters = inspect.signature(REWRITES[name]).parameters.values()
    assert all(p.default is not p.empty and p.annotation is not p.empty for p in parameters)


@every_pair
def test_the_network_trains(net: str, name: str) -> None:
    model = made(net, name).train()
    trained = [p for p in model.parameters() if p.requires_grad]
    before = [p.detach().clone() for p in trained]
    model(images()).square().mean().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in trained)
    torch.optim.SGD(trained, lr=1e-3).step()
    assert not all(torch.equal(a, b) for a, b in zip(before, trained, strict=True))
    assert model(images()).isfinite().all()


@every_pair
def test_weights_keep_their_names_and_shapes(net: str, name: str) -> None:
    """Those that stay, and but for the convolutions that Separable replaces."""
    before, after = weights(built(net)), weights(made(net, name))
    if name == "Separable":
        before, after = ({key: w for key, w in all_.items() if "backbone" in key} for all_ in (before, after))
    assert {key: w.shape for key, w in after.items()}.items() <= {key: w.shape for key, w in before.items()}.items()


@every_pair
def test_the_seed_decides_what_is_drawn_and_nothing_else_changes(net: str, name: str) -> None:
    before = weights(built(net))
    first, again, other = (weights(made(net, name, seed)) for seed in (0, 0, 1))
    assert same(first, again)
    kept = all(key in before and torch.equal(weight, before[key]) for key, weight in first.items())
    assert kept == same(first, other)


@every_rewrite
def test_a_checkpoint_fits_another_build(name: str) -> None:
    one, other = made("Tiny", name, seed=0), made("Tiny", name, seed=1)
    one.train()(images())  # moves the statistics that there are
    other.load_state_dict(one.state_dict())
    assert torch.equal(one.eval()(images()), other.eval()(images()))


@every_rewrite
def test_a_copy_stands_alone(name: str) -> None:
    model = made("Tiny", name).eval()
    twin = copy.deepcopy(model)
    model.train()
    assert torch.equal(twin(images()), twin(images()))
    assert torch.equal(twin(images()), model.eval()(images()))
    assert not {id(m) for m in model.modules()} & {id(m) for m in twin.modules()}


@every_rewrite
def test_exports(name: str) -> None:
    model = made("Tiny", name).eval()
    program = torch.export.export(model, (images(),))
    torch.testing.assert_close(program.module()(images()), model(images()), rtol=1e-4, atol=1e-5)


@every_rewrite
def test_layers_elsewhere_shift_nothing(name: str) -> None:
    blocks = ({}, {"context": partial(FPA, global_pooling=False)})
    less, more = (rewrite(build_paired(partial(network, TINY, **block), seed=0), name).state_dict() for block in blocks)
    shared = [key for key in less if key in more and less[key].shape == more[key].shape]
    assert len(shared) > 15
    assert all(torch.equal(less[key], more[key]) for key in shared)


@every_pair
def test_drop_path_before_or_after_makes_no_difference(net: str, name: str) -> None:
    """To what is drawn: the tricks of a recipe come in any order."""
    before = rewrite(DropPath()(plain(net)), name)
    assert same(weights(before), weights(DropPath()(made(net, name))))
    assert torch.equal(before.eval()(images()), made(net, name).eval()(images()))


@pytest.mark.parametrize("net", NETWORKS)
@pytest.mark.parametrize("name", sorted(REGULARISERS))
def test_regularisers_act_in_training_only(net: str, name: str) -> None:
    before, after = plain(net), made(net, name)
    assert torch.equal(before.eval()(images()), after.eval()(images()))
    assert not torch.equal(before.train()(images()), after.train()(images()))


@pytest.mark.parametrize(("net", "name"), REFUSED)
def test_what_finds_nothing_to_change_says_so(net: str, name: str) -> None:
    with pytest.raises(ValueError, match=rf"^{name}: [^\n]*$"):
        made(net, name)
