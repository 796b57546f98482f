import pytest
import torch

from lightning_modules.layers import Level
from lightning_modules.pyramid import SPP, SPPF

LEVELS = [Level(8, 32)]


def test_an_impulse_grows_to_each_window() -> None:
    x = torch.zeros(1, 1, 15, 15)
    x[..., 7, 7] = 1
    assert [int(pooled.sum()) for pooled in SPP(LEVELS).pooled(x)] == [5**2, 9**2, 13**2]


@pytest.mark.parametrize("size", [3, 5])
@pytest.mark.parametrize("hw", [(20, 17), (3, 4), (1, 1)])
def test_the_serial_form_is_exactly_the_parallel_one(size: int, hw: tuple[int, int]) -> None:
    torch.manual_seed(0)
    serial = SPPF(LEVELS, size)
    parallel = SPP(LEVELS, (size, 2 * size - 1, 3 * size - 2))
    parallel.load_state_dict(serial.state_dict())
    a, b = (torch.manual_seed(1), torch.randn(2, 8, *hw, requires_grad=True))[1], None
    b = a.detach().clone().requires_grad_()
    (ours,), (theirs,) = serial([a]), parallel([b])
    assert torch.equal(ours, theirs)
    ours.square().sum().backward()
    theirs.square().sum().backward()
    torch.testing.assert_close(a.grad, b.grad)


def test_the_default_of_the_fast_form_is_that_of_yolov3_spp() -> None:
    assert SPPF(LEVELS).sizes == SPP(LEVELS).sizes == (5, 9, 13)


def test_channels_are_halved_before_pooling() -> None:
    block = SPP(LEVELS, out_channels=12)
    assert (block.reduce[0].out_channels, block.project[0].in_channels) == (4, 4 * 4)
    assert block.levels == (Level(12, 32),)


def test_one_channel_cannot_be_halved() -> None:
    with pytest.raises(ValueError, match="channels must be at least 2 to be halved, got 1"):
        SPPF([Level(1, 32)])


def test_even_windows_have_no_centre() -> None:
    with pytest.raises(ValueError, match="SPP: sizes must be odd and at least 1, got 4"):
        SPP(LEVELS, (3, 4))
