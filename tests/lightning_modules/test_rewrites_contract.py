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

from experiments.trial.contracts.rewrites import (
    CONTRACT,
    Make,
    are_same,
    images,
    network,
    rewritten,
    the_network_trains,
    the_seed_decides_what_is_drawn,
    tiny,
    weights,
)
from lightning_modules import rewrites
from lightning_modules.backbones import Backbone, ResNet
from lightning_modules.layers import Level
from lightning_modules.pairing import build_paired
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


NETWORKS = {
    "Tiny": tiny,
    "ResNet": lambda: build_paired(partial(network, partial(ResNet, 18, width=0.125)), seed=0),
    "ConvNeXt": lambda: build_paired(partial(network, Next), seed=0),
}
REWRITES = {cls.__name__: cls for cls in subclasses(Rewrite)}
# ConvNeXt's backbone has no BatchNorm to freeze, its branches end in a linear layer, its shortcuts are no modules.
REFUSED = [("ConvNeXt", "FrozenBatchNorm"), ("ConvNeXt", "ZeroGamma"), ("ConvNeXt", "NoShortcut")]
PAIRS = [(net, name) for net in NETWORKS for name in REWRITES if (net, name) not in REFUSED]
every_pair = pytest.mark.parametrize(("net", "name"), PAIRS)
every_rewrite = pytest.mark.parametrize("name", REWRITES)


@cache
def built(net: str) -> nn.Module:
    return NETWORKS[net]()


def plain(net: str) -> nn.Module:
    return copy.deepcopy(built(net))


def make(name: str) -> Rewrite:
    return REWRITES[name](**ARGUMENTS.get(name, {}))


def rewrite(model: nn.Module, name: str, seed: int = 0) -> nn.Module:
    return rewritten(partial(make, name), lambda: model, seed)


def made(net: str, name: str) -> nn.Module:
    return rewrite(plain(net), name)


def test_every_rewrite_is_exported() -> None:
    """Else its short name does not resolve in YAML."""
    assert REWRITES.keys() <= set(rewrites.__all__)


@every_rewrite
def test_every_argument_has_a_default_and_a_type(name: str) -> None:
    parameters = inspect.signature(REWRITES[name]).parameters.values()
    assert all(p.default is not p.empty and p.annotation is not p.empty for p in parameters)


@every_rewrite
@pytest.mark.parametrize("holds", CONTRACT, ids=lambda holds: holds.__name__)
def test_contract(name: str, holds: Callable[[Make], None]) -> None:
    holds(partial(make, name))


@pytest.mark.parametrize(("net", "name"), [(net, name) for net, name in PAIRS if net != "Tiny"])
@pytest.mark.parametrize(
    "holds", [the_network_trains, the_seed_decides_what_is_drawn], ids=lambda holds: holds.__name__
)
def test_contract_on_other_networks(net: str, name: str, holds: Any) -> None:
    holds(partial(make, name), partial(plain, net))


@every_pair
def test_weights_keep_their_names_and_shapes(net: str, name: str) -> None:
    """Those that stay, and but for the convolutions that Separable replaces."""
    before, after = weights(built(net)), weights(made(net, name))
    if name == "Separable":
        before, after = ({key: w for key, w in all_.items() if "backbone" in key} for all_ in (before, after))
    assert {key: w.shape for key, w in after.items()}.items() <= {key: w.shape for key, w in before.items()}.items()


@every_pair
def test_drop_path_before_or_after_makes_no_difference(net: str, name: str) -> None:
    """To what is drawn: the tricks of a recipe come in any order."""
    before = rewrite(DropPath()(plain(net)), name)
    assert are_same(weights(before), weights(DropPath()(made(net, name))))
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
