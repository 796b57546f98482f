import pytest
import torch
import torch.nn.functional as F
from torch import nn

from lightning_modules.layers import Level
from lightning_modules.pyramid import BiFPN
from lightning_modules.pyramid.bifpn import BiFPNLayer, Fusion

LEVELS = [Level(2, 8), Level(2, 16), Level(2, 32), Level(2, 64)]


def make_layer() -> BiFPNLayer:
    """A layer with weights of its own at every node, one of them negative, and no convolutions."""
    torch.manual_seed(0)
    layer = BiFPNLayer(LEVELS, 2)
    for fusion in [*layer.top_down, *layer.bottom_up]:
        fusion.conv = nn.Identity()
        nn.init.uniform_(fusion.weight)
    layer.bottom_up[1].weight.data[0] = -1
    return layer


def fused(fusion: Fusion, *maps: torch.Tensor) -> torch.Tensor:
    weights = [max(w, 0) for w in fusion.weight.tolist()]
    return sum(w * x for w, x in zip(weights, maps, strict=True)) / (sum(weights) + 1e-4)


def test_layer_is_that_of_the_paper() -> None:
    layer, p = make_layer(), [torch.randn(1, 2, 16 // 2**i, 24 // 2**i) for i in range(4)]

    def up(x: torch.Tensor) -> torch.Tensor:
        return F.interpolate(x, scale_factor=2, mode="nearest")

    def down(x: torch.Tensor) -> torch.Tensor:
        return F.max_pool2d(x, 3, stride=2, padding=1)

    td2 = fused(layer.top_down[2], p[2], up(p[3]))
    td1 = fused(layer.top_down[1], p[1], up(td2))
    out0 = fused(layer.top_down[0], p[0], up(td1))
    out1 = fused(layer.bottom_up[0], p[1], td1, down(out0))
    out2 = fused(layer.bottom_up[1], p[2], td2, down(out1))
    out3 = fused(layer.bottom_up[2], p[3], down(out2))
    for a, b in zip(layer(p), [out0, out1, out2, out3], strict=True):
        torch.testing.assert_close(a, b)


def test_equal_weights_keep_a_constant_but_for_epsilon() -> None:
    fusion = Fusion(3, 2)
    fusion.conv = nn.Identity()
    maps = [torch.full((1, 2, 4, 4), value) for value in (1.0, 2.0, 6.0)]
    torch.testing.assert_close(fusion(*maps), torch.full((1, 2, 4, 4), 9 / 3.0001))


def test_nodes_have_as_many_inputs_as_figure_2d_draws() -> None:
    layer = BiFPN(LEVELS[:3], 4, repeats=1, extra_levels=2).layers[0]
    assert [len(fusion.weight) for fusion in layer.top_down] == [2, 2, 2, 2]
    assert [len(fusion.weight) for fusion in layer.bottom_up] == [3, 3, 3, 2]


def test_two_levels_fuse_down_and_up() -> None:
    block = BiFPN(LEVELS[:2], 4, repeats=2)
    maps = block([torch.randn(2, 2, 9, 13), torch.randn(2, 2, 5, 7)])
    assert [tuple(x.shape) for x in maps] == [(2, 4, 9, 13), (2, 4, 5, 7)]


@pytest.mark.parametrize("repeats", [1, 3])
def test_layers_repeat_with_weights_of_their_own(repeats: int) -> None:
    block = BiFPN(LEVELS, 4, repeats)
    once = sum(p.numel() for p in BiFPNLayer(LEVELS, 4).parameters())
    assert sum(p.numel() for p in block.layers.parameters()) == repeats * once


def test_extra_levels_are_pooled_from_the_projected_deepest_level() -> None:
    block = BiFPN(LEVELS, 4, extra_levels=1)
    block.layers = nn.Identity()
    *_, p6, p7 = block([torch.randn(2, 2, 8 // 2**i, 8 // 2**i) for i in range(4)])
    torch.testing.assert_close(p7, F.max_pool2d(p6, 3, 2, 1))
