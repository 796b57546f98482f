import pytest
import torch
from segmentation_models_pytorch.decoders.pspnet.decoder import PSPModule as PSPNetModule
from segmentation_models_pytorch.decoders.upernet.decoder import PSPModule as UPerNetModule
from torch import nn

from lightning_modules.layers import Level
from lightning_modules.pyramid import PPM

LEVELS = [Level(16, 32)]
X = torch.randn(3, 16, 11, 13, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("training", [True, False])
def test_equals_upernets_module_of_smp(training: bool) -> None:
    theirs = UPerNetModule(16, 4).train(training)
    ours = PPM(LEVELS, out_channels=4).train(training)
    ours.load_state_dict(dict(zip(ours.state_dict(), theirs.state_dict().values(), strict=True)))
    torch.testing.assert_close(ours([X])[0], theirs(X), rtol=0, atol=1e-5)


def test_differs_from_pspnet_of_smp_where_the_paper_does() -> None:
    # smp leaves the norm out at bin 1; the paper and its code have one at every bin. It also upsamples with
    # aligned corners and fuses by a 1 × 1 convolution, where the authors' code takes 3 × 3.
    theirs, ours = PSPNetModule(16), PPM(LEVELS)
    assert isinstance(theirs.blocks[0].pool[1][1], nn.Identity)
    assert isinstance(ours.branches[0][2], nn.BatchNorm2d)
    assert ours.project[0].kernel_size == (3, 3)
    for our, their in zip(ours.branches[1:], theirs.blocks[1:], strict=True):
        our.load_state_dict(dict(zip(our.state_dict(), their.pool.state_dict().values(), strict=True)))
        torch.testing.assert_close(our(X), their.pool(X), rtol=0, atol=1e-5)


def test_one_bin_pools_the_whole_map() -> None:
    average, peak = (PPM(LEVELS, bins=(1,), pool=pool).branches[0][0](X) for pool in ("average", "max"))
    torch.testing.assert_close(average[..., 0, 0], X.mean((2, 3)))
    torch.testing.assert_close(peak[..., 0, 0], X.amax((2, 3)))


def test_batch_1_is_refused_only_where_a_bin_is_1() -> None:
    with pytest.raises(ValueError, match="Expected more than 1 value per channel"):
        PPM(LEVELS)([X[:1]])
    assert PPM(LEVELS, bins=(2, 3))([X[:1]])[0].isfinite().all()


def test_each_bin_needs_a_channel() -> None:
    with pytest.raises(ValueError, match=r"PPM: channels must be at least one a bin, got 3 for \[1, 2, 3, 6\]"):
        PPM([Level(3, 32)])
