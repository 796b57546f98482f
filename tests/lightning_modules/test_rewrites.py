"""Drop path, dropout and zero γ change what they say, and nothing else."""

from collections.abc import Callable
from functools import partial

import pytest
import torch
from torch import Tensor, nn
from torchvision.models import efficientnet_b0, mobilenet_v3_small, resnet18, resnet50
from torchvision.ops import StochasticDepth

from lightning_modules import layers
from lightning_modules.backbones import ResNet, Tiny
from lightning_modules.heads import FCNHead, SemanticFPNHead
from lightning_modules.layers.residual import ResidualBlock
from lightning_modules.networks import Features, SegmentationNetwork
from lightning_modules.pyramid import FPN
from lightning_modules.rewrites import (
    Dropout,
    Dropout2d,
    DropPath,
    FrozenBatchNorm,
    GroupNorm,
    MisplacedDropPath,
    NoNorm,
    Rewrite,
    ZeroGamma,
)

ALMOST_1 = 1 - 1e-7


def network(**blocks: Callable[..., nn.Module]) -> SegmentationNetwork:
    features = Features(Tiny, blocks.get("context"), blocks.get("fusion"))
    return SegmentationNetwork(features, blocks.get("head", FCNHead), num_classes=3)  # type: ignore[arg-type]


def drop_paths(model: nn.Module) -> list[layers.DropPath]:
    return [m for m in model.modules() if isinstance(m, layers.DropPath)]


@pytest.mark.parametrize("rewrite", [DropPath(0.4), MisplacedDropPath(0.4)])
@pytest.mark.parametrize(
    ("make", "blocks"),
    [
        (partial(ResNet, 18, width=0.125), 8),
        (partial(ResNet, 50, width=0.125), 16),
        (Tiny, 3),
        (efficientnet_b0, 9),  # of 16 blocks, seven change the shape and have no shortcut
        (mobilenet_v3_small, 6),  # of 11
    ],
)
def test_rates_grow_over_the_blocks_that_have_a_shortcut(
    make: Callable[[], nn.Module], blocks: int, rewrite: Rewrite
) -> None:
    rates = [m.rate for m in drop_paths(rewrite(make()))]
    assert rates == pytest.approx([0.4 * (i + 1) / blocks for i in range(blocks)])


def test_timms_blocks_drop_too() -> None:
    timm = pytest.importorskip("timm")
    for name, blocks in (("convnext_atto", 12), ("resnet10t", 4), ("mobilenetv3_small_100", 6)):
        model = DropPath(0.4)(timm.create_model(name))
        assert [m.rate for m in drop_paths(model)] == pytest.approx([0.4 * (i + 1) / blocks for i in range(blocks)])


def test_torchvisions_own_stochastic_depth_gives_way() -> None:
    model = DropPath(0.4)(efficientnet_b0())
    assert all(
        not m.use_res_connect for m in model.modules() if any(isinstance(c, StochasticDepth) for c in m.children())
    )


def test_drop_path_drops_the_branch_and_keeps_the_shortcut() -> None:
    block, x = ResidualBlock(4, 4), torch.rand(2, 4, 8, 8)
    dropped = DropPath(ALMOST_1)(nn.Sequential(block)).train()
    assert torch.equal(dropped(x), x)


def test_misplaced_drop_path_drops_the_shortcut_too() -> None:
    block, x = ResidualBlock(4, 4), torch.rand(2, 4, 8, 8)
    dropped = MisplacedDropPath(ALMOST_1)(nn.Sequential(block)).train()
    assert not dropped(x).any()


@pytest.mark.parametrize("rewrite", [DropPath(0.1), MisplacedDropPath(0.1)])
def test_drop_path_needs_a_residual_block(rewrite: Rewrite) -> None:
    with pytest.raises(ValueError, match=rf"^{type(rewrite).__name__}: the network has no residual block"):
        rewrite(nn.Sequential(nn.Conv2d(3, 3, 1)))


@pytest.mark.parametrize("cls", [DropPath, MisplacedDropPath, Dropout, Dropout2d])
@pytest.mark.parametrize("rate", [-0.1, 1.0])
def test_a_rate_is_refused(cls: type[Rewrite], rate: float) -> None:
    with pytest.raises(ValueError, match=rf"^{cls.__name__}: rate must lie in \[0, 1\), got {rate}"):
        cls(rate)


def inputs_of(module: nn.Module, network: nn.Module, x: Tensor) -> list[Tensor]:
    seen: list[Tensor] = []
    with module.register_forward_hook(lambda _, inputs, __: seen.extend(inputs)):
        network(x)
    return seen


@pytest.mark.parametrize("head", [FCNHead, SemanticFPNHead])
def test_dropout_drops_what_the_classifier_reads(head: Callable[..., nn.Module]) -> None:
    model = network(fusion=partial(FPN, channels=64), head=head)
    x = torch.randn(2, 3, 64, 64)
    (full,) = inputs_of(model.head.classify, model, x)
    (single,) = inputs_of(model.head.classify, Dropout(0.4)(model), x)
    dropped, kept = (single == 0) & (full != 0), single != 0
    assert dropped.sum() / (full != 0).sum() == pytest.approx(0.4, abs=0.02)
    torch.testing.assert_close(single[kept], full[kept] / 0.6)


def test_2d_dropout_drops_whole_channels() -> None:
    model = network(fusion=partial(FPN, channels=64), head=partial(FCNHead, hidden=400))
    x = torch.randn(2, 3, 64, 64)
    (full,) = inputs_of(model.head.classify, model, x)
    (single,) = inputs_of(model.head.classify, Dropout2d(0.4)(model), x)
    alive, kept = full.any(-1).any(-1), single.any(-1).any(-1)
    assert 1 - kept.sum() / alive.sum() == pytest.approx(0.4, abs=0.06)
    torch.testing.assert_close(single[kept], full[kept] / 0.6)


def test_both_dropouts_may_stand_together() -> None:
    model = Dropout2d(0.5)(Dropout(0.5)(network()))
    (x,) = inputs_of(model.head.classify, model, torch.randn(8, 3, 64, 64))
    (full,) = inputs_of(model.head.classify, model.eval(), torch.randn(8, 3, 64, 64))
    assert (x != 0).sum() / (full != 0).sum() == pytest.approx(0.25, abs=0.1)


def test_dropout_of_several_levels_and_of_a_network_without_a_head() -> None:
    class Predictor(nn.Module):
        def forward(self, pyramid: list[Tensor]) -> list[Tensor]:
            return pyramid

    model = nn.ModuleDict({"classify": Predictor()})
    levels = Dropout(ALMOST_1)(model)["classify"]([torch.ones(1, 2), torch.ones(1, 3)])
    assert [tuple(x.shape) for x in levels] == [(1, 2), (1, 3)]
    assert not any(x.any() for x in levels)
    plain = Dropout(ALMOST_1)(nn.Sequential(nn.Conv2d(3, 3, 1), nn.Conv2d(3, 3, 1, bias=False), nn.ReLU()))
    assert not plain(torch.ones(1, 3, 4, 4)).any()
    assert plain[0](torch.ones(1, 3, 4, 4)).any()


@pytest.mark.parametrize(
    ("make", "norms"), [(partial(ResNet, 18, width=0.125), 8), (partial(ResNet, 50, width=0.125), 16), (Tiny, 3)]
)
@pytest.mark.parametrize("before", [lambda net: net, DropPath(0.1), GroupNorm(1)])
def test_zero_gamma_in_the_last_norm_of_each_block(
    make: Callable[[], nn.Module], norms: int, before: Callable[[nn.Module], nn.Module]
) -> None:
    model = ZeroGamma()(before(make()))
    zeros = [name for name, p in model.named_parameters() if not p.any() and name.endswith("weight")]
    assert len(zeros) == norms


@pytest.mark.parametrize(
    ("make", "channels", "shortcut"),
    [
        (partial(ResidualBlock, 4, 4), 4, "shortcut"),
        (partial(ResidualBlock, 4, 8, stride=2), 4, "shortcut"),  # the projection's norm keeps its γ
        (lambda: resnet18().layer2[0], 64, "downsample"),
        (lambda: resnet50().layer1[0], 64, "downsample"),
    ],
)
def test_with_zero_gamma_a_block_starts_as_its_shortcut(
    make: Callable[[], nn.Module], channels: int, shortcut: str
) -> None:
    (block,), x = ZeroGamma()(nn.Sequential(make())), torch.rand(2, channels, 8, 8)
    torch.testing.assert_close(block(x), block.get_submodule(shortcut)(x).relu())
    assert block(x).any()


@pytest.mark.parametrize("before", [NoNorm(), FrozenBatchNorm()])
def test_zero_gamma_needs_a_gamma_that_learns(before: Rewrite) -> None:
    with pytest.raises(ValueError, match=r"^ZeroGamma: the network has no residual branch that ends in a norm"):
        ZeroGamma()(before(network()))
