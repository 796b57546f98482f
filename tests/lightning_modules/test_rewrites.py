"""Drop path, dropout, zero γ and separable convolutions change what they say, and nothing else."""

from collections.abc import Callable
from functools import partial

import pytest
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode
from torchvision.models import efficientnet_b0, mobilenet_v3_small
from torchvision.ops import StochasticDepth

from lightning_modules import layers
from lightning_modules.backbones import ResNet, Tiny
from lightning_modules.heads import FCNHead, SemanticFPNHead
from lightning_modules.layers.residual import ResidualBlock
from lightning_modules.networks import Features, SegmentationNetwork
from lightning_modules.pairing import stream
from lightning_modules.pyramid import FPA, FPN, PPM
from lightning_modules.rewrites import (
    Dropout,
    Dropout2d,
    DropPath,
    FrozenBatchNorm,
    GroupNorm,
    MisplacedDropPath,
    NoNorm,
    Rewrite,
    Separable,
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


def test_with_zero_gamma_a_block_starts_as_its_shortcut() -> None:
    x = torch.rand(2, 4, 8, 8)
    assert torch.equal(ZeroGamma()(nn.Sequential(ResidualBlock(4, 4)))(x), x)


@pytest.mark.parametrize("before", [NoNorm(), FrozenBatchNorm()])
def test_zero_gamma_needs_a_gamma_that_learns(before: Rewrite) -> None:
    with pytest.raises(ValueError, match=r"^ZeroGamma: the network has no residual branch that ends in a norm"):
        ZeroGamma()(before(network()))


PARTS = ("context", "fusion", "head")
FULL = {"context": PPM, "fusion": partial(FPN, channels=16)}


def convs(model: nn.Module) -> list[nn.Conv2d]:
    return [m for m in model.modules() if isinstance(m, nn.Conv2d)]


@pytest.mark.parametrize("parts", [("context",), ("fusion",), ("head",), PARTS, (*PARTS, "backbone")])
def test_separable_replaces_every_dense_convolution_of_its_parts(parts: tuple[str, ...]) -> None:
    plain, model = network(**FULL), Separable(parts)(network(**FULL))
    for name, part in (*model.features.named_children(), ("head", model.head)):
        dense = [conv for conv in convs(part) if conv.kernel_size != (1, 1) and conv.groups == 1]
        separable = [m for m in part.modules() if isinstance(m, layers.SeparableConv)]
        old = plain.get_submodule(name if name == "head" else f"features.{name}")
        spatial = [conv for conv in convs(old) if conv.kernel_size != (1, 1)]
        assert (len(dense), len(separable)) == ((0, len(spatial)) if name in parts else (len(spatial), 0))


def flops(model: nn.Module) -> int:
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        model.eval()(torch.randn(1, 3, 64, 64))
    return counter.get_total_flops()


def test_separable_costs_what_mobilenets_says() -> None:
    """1 / out + 1 / k² of each convolution's weights (Howard et al. 2017, sec. 3.1)."""
    plain, model = network(**FULL), Separable()(network(**FULL))
    parts = (plain.features.context, plain.features.fusion, plain.head)
    dense = [conv for part in parts for conv in convs(part) if conv.kernel_size == (3, 3)]
    saved = sum(conv.weight.numel() * (1 - 1 / conv.out_channels - 1 / 9) for conv in dense)
    before, after = (sum(p.numel() for p in net.parameters()) for net in (plain, model))
    assert before - after == pytest.approx(saved)
    assert flops(model) < 0.7 * flops(plain)


def test_separable_keeps_the_bias_and_draws_by_name() -> None:
    def model(seed: int) -> nn.Module:
        torch.manual_seed(0)
        net = network(fusion=partial(FPN, channels=16))
        with stream(seed, "Separable"):
            return Separable(("fusion",))(net)

    torch.manual_seed(0)
    plain = network(fusion=partial(FPN, channels=16)).features.fusion.smooth
    one, again, other = (model(seed).features.fusion.smooth for seed in (0, 0, 1))
    for i, conv in enumerate(plain):
        assert torch.equal(one[i][1].bias, conv.bias)
        assert torch.equal(one[i][0].weight, again[i][0].weight)
        assert not torch.equal(one[i][1].weight, other[i][1].weight)
    assert not torch.equal(one[0][0].weight, one[1][0].weight)


def test_convolutions_of_one_channel_stay() -> None:
    model = Separable(("context", "head"))(network(context=partial(FPA, global_pooling=False)))
    assert len([conv for conv in convs(model.features.context) if conv.kernel_size != (1, 1)]) == 6


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (partial(Separable, ()), "Separable: parts must be one or more of backbone, .* got none"),
        (partial(Separable, ("neck",)), "Separable: parts must be one of backbone, .* got 'neck'"),
        (lambda: Separable(("fusion",))(network()), r"Separable: there is no dense k × k convolution in fusion"),
        (
            lambda: Separable()(nn.ModuleDict({"head": nn.ModuleDict({"conv": nn.Conv2d(4, 4, 3)})})),
            r"Separable: head\.conv must be square, odd and padded to keep the size, got Conv2d\(4, 4, [^\n]*$",
        ),
    ],
)
def test_separable_refuses(make: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()
