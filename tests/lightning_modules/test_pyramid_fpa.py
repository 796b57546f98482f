import pytest
import torch
from segmentation_models_pytorch.decoders.pan.decoder import FPABlock
from torch import nn

from lightning_modules.layers import Level
from lightning_modules.pyramid import FPA

LEVELS = [Level(6, 32)]
X = torch.randn(2, 6, 16, 24, generator=torch.Generator().manual_seed(0))


def copy(theirs: FPABlock, ours: FPA) -> None:
    """Convolutions of smp have a bias, which the norm behind them takes away again; ours have none."""
    pairs = [(list(ours.context)[1:], theirs.branch1[1]), (ours.main, theirs.mid[0])]
    pairs += zip(
        [list(down)[1:] for down in ours.down], [theirs.down1[1], theirs.down2[1], theirs.down3[1]], strict=True
    )
    pairs += zip(ours.lateral, [theirs.conv1, theirs.conv2, theirs.down3[2]], strict=True)
    for (conv, norm, *_), their in pairs:
        nn.init.zeros_(their.conv.bias)
        nn.init.uniform_(their.bn.bias)
        conv.weight.data.copy_(their.conv.weight)
        norm.load_state_dict(their.bn.state_dict())


@pytest.mark.parametrize("training", [True, False])
def test_equals_smp_with_max_pooling_and_corners_not_aligned(training: bool) -> None:
    theirs = FPABlock(6, 5).train(training)
    theirs.align_corners = False  # as everywhere here
    ours = FPA(LEVELS, 5, pool="max").train(training)
    copy(theirs, ours)
    torch.testing.assert_close(ours([X])[0], theirs(X), rtol=0, atol=1e-5)


def test_kernels_shrink_with_the_scale() -> None:
    block = FPA(LEVELS)
    assert [down[1].kernel_size[0] for down in block.down] == [7, 5, 3]
    assert [lateral[0].kernel_size[0] for lateral in block.lateral] == [7, 5, 3]


def test_attention_weighs_pixels_and_the_global_branch_is_added() -> None:
    torch.manual_seed(0)
    block = FPA(LEVELS).eval()
    weight, plain = block.attention(X), block.main(X)
    assert weight.shape == (2, 1, 16, 24)
    torch.testing.assert_close(block([X])[0], plain * weight + block.context(X))
    block.context = None
    torch.testing.assert_close(block([X])[0], plain * weight)


@pytest.mark.parametrize("global_pooling", [True, False])
def test_batch_1_is_refused_where_something_is_pooled_to_one_pixel(global_pooling: bool) -> None:
    block = FPA(LEVELS, global_pooling=global_pooling)
    with pytest.raises(ValueError, match="Expected more than 1 value per channel"):
        block([X[:1, :, :8, :8]])
    if not global_pooling:
        assert block([X[:1]])[0].isfinite().all()
