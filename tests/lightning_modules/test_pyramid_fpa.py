from typing import Any

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


class Wang(nn.Module):
    """FPA as the PyTorch code of J. Wang computes it, written down from the sizes, kernels and ReLUs in it."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        inner = channels // 4
        sizes = zip((channels, inner, inner), (7, 5, 3), strict=True)
        self.down = nn.ModuleList(nn.Conv2d(c, inner, k, 2, k // 2, bias=False) for c, k in sizes)
        self.side = nn.ModuleList(nn.Conv2d(inner, inner, k, padding=k // 2, bias=False) for k in (7, 5, 3))
        self.up = nn.ModuleList(nn.ConvTranspose2d(inner, c, 4, 2, 1, bias=False) for c in (channels, inner, inner))
        self.one = nn.ModuleList(nn.Conv2d(channels, channels, 1, bias=False) for _ in range(2))
        groups = (self.down, self.side, self.up, self.one)
        self.norm = nn.ModuleDict({str(id(c)): nn.BatchNorm2d(c.out_channels) for group in groups for c in group})

    def normed(self, conv: nn.Module, x: torch.Tensor) -> torch.Tensor:
        return self.norm[str(id(conv))](conv(x))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        half = self.normed(self.down[0], x).relu()
        quarter = self.normed(self.down[1], half).relu()
        eighth = self.normed(self.down[2], quarter).relu()
        up = self.normed(self.up[2], self.normed(self.side[2], eighth)).relu()
        up = self.normed(self.up[1], (self.normed(self.side[1], quarter) + up).relu()).relu()
        up = self.normed(self.up[0], (self.normed(self.side[0], half) + up).relu()).relu()
        pooled = self.normed(self.one[1], x.mean((2, 3), keepdim=True))
        return (self.normed(self.one[0], x) * up + pooled).relu()


@pytest.mark.parametrize("training", [True, False])
def test_equals_the_code_with_weights_per_channel(training: bool) -> None:
    theirs = Wang(8).train(training)
    ours = FPA([Level(8, 32)], pool="stride", pyramid_channels=None, activation="sum").train(training)
    assert ours.context is not None
    units = [*ours.down, *ours.lateral, *ours.up, ours.main, list(ours.context)[1:]]
    convs = [*theirs.down, *theirs.side, *theirs.up, *theirs.one]
    for (conv, norm, *_), their in zip(units, convs, strict=True):
        nn.init.uniform_(norm.bias, -1, 1)
        their.weight.data.copy_(conv.weight)
        theirs.norm[str(id(their))].load_state_dict(norm.state_dict())
    x = torch.randn(2, 8, 16, 24, generator=torch.Generator().manual_seed(0))
    enriched = ours([x])[0]
    torch.testing.assert_close(enriched, theirs(x), rtol=0, atol=1e-5)
    assert enriched.min() == 0


def test_more_channels_make_a_weight_for_each_channel_whatever_the_size() -> None:
    for channels, weights in ((1, 1), (3, 5)):
        block = FPA(LEVELS, 5, pyramid_channels=channels)
        assert block.attention(X[..., :13, :19]).shape == (2, weights, 13, 19)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"pool": "mean"}, "FPA: pool must be one of average, max, stride, got 'mean'"),
        ({"activation": "tanh"}, "FPA: activation must be one of branch, sum, got 'tanh'"),
        ({"pyramid_channels": 0}, "FPA: pyramid_channels must be at least 1, got 0"),
    ],
)
def test_unknown_forms_are_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        FPA(LEVELS, **arguments)


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
