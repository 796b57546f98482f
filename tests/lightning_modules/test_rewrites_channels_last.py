"""The layout changes no result beyond rounding, and dilated depthwise convolutions keep their gradient."""

from functools import partial
from typing import cast

import pytest
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from lightning_modules.backbones import EfficientNetLite0, Tiny
from lightning_modules.heads import FCNHead
from lightning_modules.layers import DilatedDepthwise
from lightning_modules.networks import Features, SegmentationNetwork
from lightning_modules.rewrites import ChannelsLast
from lightning_modules.rewrites.channels_last import ThinShortcut

IMAGES = torch.rand(2, 3, 45, 64, generator=torch.Generator().manual_seed(0))


def lite() -> SegmentationNetwork:
    torch.manual_seed(0)
    backbone = partial(EfficientNetLite0, weights=None, output_stride=16)
    return SegmentationNetwork(Features(backbone, None, None), FCNHead, num_classes=3)  # type: ignore[arg-type]


def gradients(network: nn.Module) -> tuple[Tensor, dict[str, Tensor]]:
    out = network(IMAGES)
    out.square().mean().backward()
    return out, {name: cast(Tensor, weight.grad) for name, weight in network.named_parameters()}


def test_outputs_and_gradients_stay_what_they_were_and_maps_lie_in_the_format() -> None:
    plain, rewritten = lite().double().eval(), ChannelsLast()(lite()).double().eval()
    IMAGES.data = IMAGES.double()
    (out, expected), (other, found) = gradients(plain), gradients(rewritten)
    IMAGES.data = IMAGES.float()
    torch.testing.assert_close(other, out)
    torch.testing.assert_close(found, expected)
    assert other.is_contiguous(memory_format=torch.channels_last)
    assert sum(isinstance(module, DilatedDepthwise) for module in rewritten.modules()) == 4


def test_it_costs_the_same_operations() -> None:
    counted = []
    for network in (lite(), ChannelsLast()(lite())):
        with FlopCounterMode(display=False) as counter:
            network(IMAGES).mean()
        counted.append(counter.get_total_flops())
    assert counted[0] == counted[1]


@pytest.mark.parametrize("kernel", [3, 5, (1, 3), (5, 3)])
@pytest.mark.parametrize("dilation", [2, 3, (1, 2)])
@pytest.mark.parametrize("frozen", [False, True])
def test_the_gradient_of_a_dilated_depthwise_convolution(
    kernel: int | tuple[int, int], dilation: int | tuple[int, int], frozen: bool
) -> None:
    conv = nn.Conv2d(6, 6, kernel, padding="same", dilation=dilation, groups=6, bias=False).double()
    conv.padding = tuple(d * (k - 1) // 2 for k, d in zip(conv.kernel_size, conv.dilation, strict=True))
    if not DilatedDepthwise.fits(conv):
        pytest.fail("it does not fit")
    conv.weight.requires_grad_(not frozen)
    ours = DilatedDepthwise(conv)
    assert ours.weight is conv.weight
    x = torch.rand(2, 6, 9, 7, dtype=torch.float64, requires_grad=True)
    wanted = [x] if frozen else [x, conv.weight]
    expected = torch.autograd.grad(conv(x).square().sum(), wanted)
    torch.testing.assert_close(torch.autograd.grad(ours(x).square().sum(), wanted), expected)


def test_under_autocast_the_gradient_has_the_types_of_what_it_is_of() -> None:
    conv = DilatedDepthwise(nn.Conv2d(4, 4, 3, padding=2, dilation=2, groups=4, bias=False))
    x = torch.rand(1, 4, 8, 8, requires_grad=True)
    with torch.autocast("cpu", torch.bfloat16):
        out = conv(x)
    out.float().sum().backward()
    assert out.dtype == torch.bfloat16
    assert x.grad is not None
    assert x.grad.dtype == torch.float32
    assert conv.weight.grad is not None
    assert conv.weight.grad.dtype == torch.float32


@pytest.mark.parametrize(
    "other",
    [
        nn.Conv2d(4, 4, 3, padding=1, groups=4, bias=False),  # not dilated
        nn.Conv2d(4, 4, 3, padding=2, dilation=2, groups=2, bias=False),  # not depthwise
        nn.Conv2d(4, 8, 3, padding=2, dilation=2, groups=4, bias=False),  # with two maps a channel
        nn.Conv2d(4, 4, 3, padding=2, dilation=2, groups=4),  # with a bias
        nn.Conv2d(4, 4, 3, padding=2, dilation=2, groups=4, bias=False, stride=2),
        nn.Conv2d(4, 4, 3, padding=1, dilation=2, groups=4, bias=False),  # its maps shrink
        nn.Conv2d(4, 4, 3, padding="same", dilation=2, groups=4, bias=False),
        nn.Conv2d(4, 4, 3, padding=2, dilation=2, groups=4, bias=False, padding_mode="reflect"),
    ],
)
def test_other_convolutions_do_not_fit(other: nn.Conv2d) -> None:
    assert not DilatedDepthwise.fits(other)


@pytest.mark.parametrize("bias", [False, True])
def test_the_shortcut_of_a_thin_network_computes_the_same(bias: bool) -> None:
    conv = nn.Conv2d(4, 6, 1, stride=2, bias=bias)
    ours = ThinShortcut(conv)
    x = torch.rand(2, 4, 9, 12, requires_grad=True)
    wanted = [x, *conv.parameters()]
    expected = torch.autograd.grad(conv(x).square().sum(), wanted)
    last = x.contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(ours(last), conv(x))
    torch.testing.assert_close(torch.autograd.grad(ours(last).square().sum(), wanted), expected)


def test_a_thin_network_trains_without_writing_outside_of_its_memory() -> None:
    network = ChannelsLast()(Tiny(channels=4, blocks=2))
    assert sum(isinstance(module, ThinShortcut) for module in network.modules()) == 1
    for _ in range(10):
        network(torch.rand(8, 3, 48, 64))[-1].sum().backward()


def test_a_network_without_convolutions_is_refused() -> None:
    with pytest.raises(ValueError, match="no convolution"):
        ChannelsLast()(nn.Linear(2, 2))
