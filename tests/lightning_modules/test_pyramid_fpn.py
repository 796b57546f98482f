from collections import OrderedDict

import pytest
import torch
from torchvision.ops import FeaturePyramidNetwork
from torchvision.ops.feature_pyramid_network import ExtraFPNBlock, LastLevelMaxPool, LastLevelP6P7

from lightning_modules.layers import Level
from lightning_modules.pyramid import FPN, PAFPN, BiFPN, PyramidBlock

LEVELS = [Level(4, 8), Level(6, 16), Level(10, 32)]


def make_pyramid() -> list[torch.Tensor]:
    torch.manual_seed(0)
    return [torch.randn(2, c, -(-70 // s), -(-110 // s)) for c, s in LEVELS]


def assert_equals_torchvision(ours: FPN, extra: ExtraFPNBlock | None) -> None:
    theirs = FeaturePyramidNetwork([c for c, _ in LEVELS], 8, extra)
    ours.load_state_dict(dict(zip(ours.state_dict(), theirs.state_dict().values(), strict=True)))
    maps = make_pyramid()
    expected = theirs(OrderedDict((str(i), x) for i, x in enumerate(maps))).values()
    for a, b in zip(ours(maps), expected, strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=1e-5)


def test_equals_torchvision() -> None:
    assert_equals_torchvision(FPN(LEVELS, 8), None)


def test_a_max_pooled_level_equals_torchvision() -> None:
    assert_equals_torchvision(FPN(LEVELS, 8, extra_levels=1), LastLevelMaxPool())


def test_strided_levels_equal_torchvisions_on_c5() -> None:
    assert_equals_torchvision(FPN(LEVELS, 8, extra_levels=2, extra="conv"), LastLevelP6P7(10, 8))


def test_strided_levels_equal_torchvisions_on_p5() -> None:
    """That torchvision reads P5 it tells by equal numbers of channels, as its FCOS has them."""
    assert_equals_torchvision(FPN(LEVELS, 8, extra_levels=2, extra="conv_on_output"), LastLevelP6P7(8, 8))


@pytest.mark.parametrize("extra", ["max_pool", "conv", "conv_on_output"])
def test_extra_levels_double_the_stride(extra: str) -> None:
    block = FPN(LEVELS, 8, extra_levels=3, extra=extra)
    assert [level.stride for level in block.levels] == [8, 16, 32, 64, 128, 256]


@pytest.mark.parametrize("extra", ["conv", "conv_on_output"])
def test_p7_does_not_alter_p6(extra: str) -> None:
    one, two = (FPN(LEVELS, 8, extra_levels=n, extra=extra) for n in (1, 2))
    one.load_state_dict(two.state_dict(), strict=False)
    assert torch.equal(one(make_pyramid())[3], two(make_pyramid())[3])


@pytest.mark.parametrize("cls", [FPN, PAFPN, BiFPN])
def test_finer_levels_are_left_out_as_if_they_were_not_there(cls: type[PyramidBlock]) -> None:
    levels = [Level(3, 4), Level(4, 8), Level(5, 16), Level(6, 32)]
    torch.manual_seed(0)
    maps = [torch.randn(2, c, 64 // s, 96 // s) for c, s in levels]
    whole, cut = cls(levels, 8, finest_stride=8), cls(levels[1:], 8)
    cut.load_state_dict(whole.state_dict())
    assert whole.levels == cut.levels
    for a, b in zip(whole(maps), cut(maps[1:]), strict=True):
        assert torch.equal(a, b)
    with pytest.raises(ValueError, match=rf"{cls.__name__}: finest_stride must leave two levels .*, got 32"):
        cls(levels, 8, finest_stride=32)
