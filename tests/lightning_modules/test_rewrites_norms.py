"""Norms: over which axes, what is taken over, and where they say no."""

from collections.abc import Callable
from functools import partial

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lightning_modules.backbones import ResNet, Tiny
from lightning_modules.heads import FCNHead
from lightning_modules.networks import Features, SegmentationNetwork
from lightning_modules.pyramid import FPA, PPM
from lightning_modules.rewrites import (
    FrozenBatchNorm,
    GroupNorm,
    InstanceNorm,
    LayerNorm,
    NoNorm,
    Rewrite,
    SyncBatchNorm,
)

# Statistics of (N, 2 groups, C / 2, H, W) over these axes.
AXES = {"batch": (0, 3, 4), "layer": (1, 2, 3, 4), "instance": (3, 4), "group": (2, 3, 4)}
NORMALISED = [
    (SyncBatchNorm(), {"batch"}),
    (LayerNorm(), {"layer"}),
    # What is normalised in small parts is so in the whole that they make up.
    (GroupNorm(2), {"group", "layer"}),
    (GroupNorm(3, per_group=True), {"group", "layer"}),
    (InstanceNorm(), {"instance", "group", "layer", "batch"}),
    (NoNorm(), set()),
]
TAKE_OVER = [SyncBatchNorm(), LayerNorm(), GroupNorm(2), InstanceNorm()]


def trained_norm(channels: int = 6) -> nn.BatchNorm2d:
    """A BatchNorm as if pretrained: none of its numbers is where it starts."""
    norm = nn.BatchNorm2d(channels, eps=1e-3)
    generator = torch.Generator().manual_seed(0)
    for i, tensor in enumerate((norm.weight, norm.bias, norm.running_mean, norm.running_var)):
        nn.init.uniform_(tensor, i + 1, i + 2, generator=generator)
    return norm


def maps() -> Tensor:
    """Of another mean and scale in each sample and channel."""
    generator = torch.Generator().manual_seed(0)
    mean, scale, noise = (torch.randn(4, 6, *size, generator=generator) for size in ((1, 1), (1, 1), (9, 11)))
    return mean * 3 + scale.exp() * noise


def is_normalised(y: Tensor, axes: tuple[int, ...]) -> bool:
    y = y.unflatten(1, (2, 3))
    mean, variance = y.mean(axes), y.var(axes, correction=0)
    return bool(mean.abs().max() < 1e-4 and (variance - 1).abs().max() < 1e-2)


def ids(value: object) -> str:
    return type(value).__name__


@pytest.mark.parametrize(("rewrite", "expected"), NORMALISED, ids=ids)
def test_mean_0_and_variance_1_over_just_these_axes(rewrite: Rewrite, expected: set[str]) -> None:
    y = rewrite(nn.Sequential(nn.BatchNorm2d(6))).train()(maps())
    assert {name for name, axes in AXES.items() if is_normalised(y, axes)} == expected


@pytest.mark.parametrize("rewrite", TAKE_OVER, ids=ids)
def test_scale_shift_and_epsilon_are_taken_over(rewrite: Rewrite) -> None:
    (norm,) = rewrite(nn.Sequential(old := trained_norm()))
    assert torch.equal(norm.weight, old.weight)
    assert torch.equal(norm.bias, old.bias)
    assert norm.eps == old.eps


@pytest.mark.parametrize("rewrite", [*TAKE_OVER, NoNorm()], ids=ids)
def test_a_norm_that_learns_nothing_stays_so(rewrite: Rewrite) -> None:
    assert not list(rewrite(nn.Sequential(nn.BatchNorm2d(6, affine=False))).parameters())


def test_layer_norm_is_torchs() -> None:
    expected = F.layer_norm(maps(), (6, 9, 11))
    torch.testing.assert_close(LayerNorm()(nn.Sequential(nn.BatchNorm2d(6)))(maps()), expected)


def test_without_a_norm_the_shift_is_the_convolutions_bias() -> None:
    conv, norm = nn.Conv2d(3, 6, 3, bias=False), trained_norm()
    model = NoNorm()(nn.Sequential(conv, norm))
    x = torch.randn(2, 3, 8, 8)
    torch.testing.assert_close(model(x), F.conv2d(x, conv.weight, norm.bias))
    assert [name for name, _ in model.named_parameters()] == ["0.weight", "1.bias"]


def frozen(parts: tuple[str, ...] = ("backbone",)) -> SegmentationNetwork:
    network = SegmentationNetwork(Features(Tiny, None, None), FCNHead, num_classes=3)
    network.features.backbone.stem[1] = trained_norm(8)
    return FrozenBatchNorm(parts)(network)


def test_a_frozen_norm_stays_as_pretraining_left_it() -> None:
    norm, x = frozen().features.backbone.stem[1], torch.randn(2, 8, 5, 5)
    expected = trained_norm(8).eval()(x)
    for mode in (True, False):
        torch.testing.assert_close(norm.train(mode)(x), expected)
    assert not list(norm.parameters())


def test_a_synchronised_norm_freezes_too() -> None:
    network = nn.ModuleDict({"features": nn.ModuleDict({"backbone": nn.Sequential(trained_norm())})})
    norm = FrozenBatchNorm()(SyncBatchNorm()(network)).train().get_submodule("features.backbone")
    torch.testing.assert_close(norm(maps()), trained_norm().eval()(maps()))


@pytest.mark.parametrize(("parts", "left"), [(("backbone",), 1), (("backbone", "head"), 0), (("head",), 10)])
def test_only_the_named_parts_are_frozen(parts: tuple[str, ...], left: int) -> None:
    assert sum(isinstance(m, nn.BatchNorm2d) for m in frozen(parts).modules()) == left


def test_group_norm_takes_every_batch_norm() -> None:
    model = GroupNorm(4)(ResNet(18, width=0.25))
    norms = [m for m in model.modules() if isinstance(m, (nn.BatchNorm2d, nn.GroupNorm))]
    assert len(norms) == 20
    assert {m.num_groups for m in norms} == {4}


def test_group_norm_by_channels_a_group() -> None:
    model = GroupNorm(4, per_group=True)(Tiny(channels=8))
    assert {m.num_channels // m.num_groups for m in model.modules() if isinstance(m, nn.GroupNorm)} == {4}


@pytest.mark.parametrize("per_group", [False, True])
def test_group_norm_gives_a_single_channel_one_group(per_group: bool) -> None:
    block = FPA(Tiny(channels=4).levels, global_pooling=False)
    norms = [m for m in GroupNorm(4, per_group)(block).modules() if isinstance(m, nn.GroupNorm)]
    assert sorted(m.num_groups for m in norms) == [1] * 6 + [8 if per_group else 4]


def test_group_norm_names_layer_and_numbers_that_fit() -> None:
    with pytest.raises(ValueError, match=r"5 does not divide the 12 channels of stem\.1; .* \[1, 2, 3, 4, 6, 12\]"):
        GroupNorm(5)(Tiny(channels=12))


class Mean(nn.Module):
    """The global mean as functions write it: no module pools."""

    def forward(self, x: Tensor) -> Tensor:
        return x.mean((2, 3), keepdim=True)


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("pool", [nn.AdaptiveAvgPool2d(1), nn.AvgPool2d(4), Mean()], ids=ids)
@pytest.mark.parametrize("rewrite", [InstanceNorm(), GroupNorm(1, per_group=True), GroupNorm(6)], ids=ids)
def test_a_norm_of_one_value_is_refused_however_its_map_was_pooled(
    rewrite: Rewrite, pool: nn.Module, batch: int
) -> None:
    branch = rewrite(nn.Sequential(pool, nn.Conv2d(6, 6, 1), nn.BatchNorm2d(6)))
    for mode in (True, False):
        with pytest.raises(ValueError, match=rf"^Expected more than 1 .*\[{batch}, 6, 1, 1\]\)$"):
            branch.train(mode)(torch.randn(batch, 6, 4, 4))


def test_a_layer_norm_of_a_single_channel_is_refused_on_one_pixel() -> None:
    norm = LayerNorm()(nn.Sequential(nn.BatchNorm2d(1)))
    with pytest.raises(ValueError, match=r"^Expected more than 1 value per group"):
        norm(torch.randn(2, 1, 1, 1))
    assert norm(torch.randn(2, 1, 1, 2)).any()


@pytest.mark.parametrize("rewrite", [GroupNorm(2, per_group=True), GroupNorm(16), LayerNorm()], ids=ids)
def test_with_two_channels_a_group_the_pooled_branch_speaks(rewrite: Rewrite) -> None:
    branch = rewrite(PPM(Tiny().levels, bins=(2, 1))).branches[1]
    assert branch(torch.randn(1, 64, 4, 4)).max() > 0.5


def test_an_activation_inside_a_norm_is_kept() -> None:
    layers = pytest.importorskip("timm.layers")
    y = LayerNorm()(nn.Sequential(layers.BatchNormAct2d(6)))(maps())
    torch.testing.assert_close(y, F.layer_norm(maps(), (6, 9, 11)).relu())


@pytest.mark.parametrize("rewrite", [rewrite for rewrite, _ in NORMALISED] + [FrozenBatchNorm()], ids=ids)
def test_a_network_without_batch_norm_is_named(rewrite: Rewrite) -> None:
    with pytest.raises(ValueError, match=rf"^{type(rewrite).__name__}: the network has no BatchNorm[^\n]*$"):
        rewrite(nn.Sequential(nn.Conv2d(3, 3, 1)))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (partial(GroupNorm, 0), "GroupNorm: groups must be at least 1, got 0"),
        (partial(FrozenBatchNorm, []), "FrozenBatchNorm: parts must be one or more of backbone, .* got none"),
        (partial(FrozenBatchNorm, ["neck"]), "FrozenBatchNorm: parts must be one of backbone, .* got 'neck'"),
    ],
)
def test_norms_refuse(make: Callable[[], Rewrite], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()
