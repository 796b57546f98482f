import pytest
import torch
import torch.nn.functional as F
from torch import nn

from lightning_modules.layers import (
    ConvNormAct,
    DropPath,
    Level,
    SeparableConv,
    SeparableConvNormAct,
    StridedConv2d,
    check_levels,
    repeat_to,
    resize_to,
)
from lightning_modules.rewrites import GroupNorm

X = torch.randn(3, 6, 11, 13, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("layer", [ConvNormAct, SeparableConv, SeparableConvNormAct])
@pytest.mark.parametrize(("kernel", "stride", "dilation"), [(1, 1, 1), (3, 2, 1), (5, 4, 1), (3, 1, 6), (7, 2, 2)])
def test_size_is_kept_but_for_the_stride(layer: type, kernel: int, stride: int, dilation: int) -> None:
    out = layer(6, 4, kernel, stride, dilation)(X)
    assert out.shape == (3, 4, -(-11 // stride), -(-13 // stride))


@pytest.mark.parametrize("layer", [ConvNormAct, SeparableConv, SeparableConvNormAct])
@pytest.mark.parametrize(
    ("arguments", "message"),
    [((6, 4, 2), "kernel_size must be odd and at least 1, got 2"), ((6, 0), "out_channels must be at least 1, got 0")],
)
def test_convolutions_refuse(layer: type, arguments: tuple[int, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        layer(*arguments)


@pytest.mark.parametrize(("kernel", "stride"), [(3, 2), (5, 4), (7, 2), (3, 1)])
@pytest.mark.parametrize("size", [(1, 1), (3, 1), (4, 2)])
def test_strided_convolution_is_torchs_under_autocast_too(kernel: int, stride: int, size: tuple[int, int]) -> None:
    layer = StridedConv2d(6, 4, kernel, stride, kernel // 2)
    x = X[..., : size[0], : size[1]]
    with torch.autocast("cpu", torch.bfloat16):
        torch.testing.assert_close(layer(x), nn.Conv2d.forward(layer, x), rtol=0.02, atol=0.02)


@pytest.mark.parametrize(("kernel", "channels"), [(3, 1), (3, 2), (5, 8), (7, 1)])
def test_strided_convolution_of_one_column_has_a_finite_gradient(kernel: int, channels: int) -> None:
    layer = StridedConv2d(channels, channels, kernel, 2, kernel // 2)
    for _ in range(20):
        layer.zero_grad()
        with torch.autocast("cpu", torch.bfloat16):
            layer(torch.randn(2, channels, 3, 1)).float().square().mean().backward()
        assert layer.weight.grad is not None
        assert layer.weight.grad.isfinite().all()


def test_separable_convolution_is_a_dense_one_of_rank_one_kernels() -> None:
    layer = SeparableConv(6, 4, kernel_size=5, dilation=2)
    depthwise, pointwise = layer
    dense = pointwise.weight * depthwise.weight.transpose(0, 1)
    torch.testing.assert_close(layer(X), F.conv2d(X, dense, pointwise.bias, padding=4, dilation=2))


def test_separable_convolution_costs_what_mobilenets_says() -> None:
    """1 / N + 1 / k² of a convolution's weights (Howard et al. 2017, sec. 3.1)."""
    dense = nn.Conv2d(32, 64, 3, bias=False).weight.numel()
    separable = sum(p.numel() for p in SeparableConv(32, 64, bias=False).parameters())
    assert separable / dense == pytest.approx(1 / 64 + 1 / 9)


def test_separable_unit_has_a_norm_and_a_relu_after_each_convolution() -> None:
    kinds = [type(part) for unit in SeparableConvNormAct(6, 4) for part in unit]
    assert kinds == [nn.Conv2d, nn.BatchNorm2d, nn.ReLU] * 2


def pooled(size: int = 1) -> nn.Sequential:
    return nn.Sequential(nn.AdaptiveAvgPool2d(size), *ConvNormAct(6, 4, kernel_size=1))


def test_pooling_to_one_pixel_refuses_batch_1_under_batch_norm() -> None:
    with pytest.raises(ValueError, match="Expected more than 1 value per channel"):
        pooled()(X[:1])


def test_pooling_works_wherever_there_is_something_to_learn() -> None:
    frozen = pooled()
    frozen[2].eval()
    normed = GroupNorm(groups=1)(pooled())
    works = [frozen(X[:1]), normed(X[:1]), pooled()(X[:2]), pooled(2)(X[:1]), pooled().eval()(X[:1])]
    assert all(x.isfinite().all() for x in works)


def test_resizing_to_the_same_size_is_no_work() -> None:
    assert resize_to(X, like=X) is X
    assert repeat_to(X, like=X) is X


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (22, 26), (5, 40)])
def test_resizing_is_torchs(size: tuple[int, int]) -> None:
    like, small = X.new_empty(1, 1, *size), X[..., :1, :1]
    for x in (X, small):
        torch.testing.assert_close(resize_to(x, like), F.interpolate(x, size=size, mode="bilinear"))
        torch.testing.assert_close(repeat_to(x, like), F.interpolate(x, size=size, mode="nearest"))


def test_drop_path_drops_whole_samples_and_keeps_the_expectation() -> None:
    torch.manual_seed(0)
    kept = DropPath(0.25)(torch.ones(4000, 2, 3))
    assert torch.equal(kept, kept[:, :1, :1].expand_as(kept))
    assert kept.unique().tolist() == pytest.approx([0, 1 / 0.75])
    # Three standard errors of a mean of 4000 samples.
    assert kept.mean().item() == pytest.approx(1, abs=3 * (0.25 / 0.75 / 4000) ** 0.5)


def test_drop_path_does_nothing_in_eval_mode_or_at_rate_0() -> None:
    assert DropPath(0.9).eval()(X) is X
    assert DropPath(0.0)(X) is X


@pytest.mark.parametrize("rate", [-0.1, 1.0])
def test_drop_path_refuses(rate: float) -> None:
    with pytest.raises(ValueError, match=rf"DropPath: rate must lie in \[0, 1\), got {rate}"):
        DropPath(rate)


def test_levels_may_repeat_a_stride_but_not_turn_back() -> None:
    check_levels(self := object(), [Level(8, 8), Level(8, 8), Level(8, 32)], at_least=3)
    with pytest.raises(ValueError, match=r"object: every stride must be a multiple of the finer one, got \[16, 8\]"):
        check_levels(self, [Level(8, 16), Level(8, 8)])
