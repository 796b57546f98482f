import pytest
import torch
import torch.nn.functional as F
from segmentation_models_pytorch.decoders.pan.decoder import GAUBlock
from torch import nn

from lightning_modules.layers import Level
from lightning_modules.pyramid import GAU

LEVELS = [Level(4, 8), Level(6, 16)]


def make_pyramid() -> list[torch.Tensor]:
    torch.manual_seed(0)
    return [torch.randn(2, 4, 9, 13), torch.randn(2, 6, 5, 7)]


@pytest.mark.parametrize("training", [True, False])
def test_equals_smp_with_the_papers_relu(training: bool) -> None:
    theirs = GAUBlock(4, 6).train(training)
    theirs.align_corners = False  # as everywhere here
    theirs.conv1[2] = nn.ReLU()  # "1 × 1 convolution with batch normalization and ReLU"; smp takes a sigmoid
    ours = GAU(LEVELS, 6).train(training)
    pairs = [(ours.reduce[0], theirs.conv2), (list(ours.attend[0])[1:], theirs.conv1[1])]
    for (conv, norm, _), their in pairs:
        nn.init.zeros_(their.conv.bias)  # the norm behind it would take it away again; ours has none
        conv.weight.data.copy_(their.conv.weight)
        norm.load_state_dict(their.bn.state_dict())
    low, high = make_pyramid()
    merged = ours([low, high])
    torch.testing.assert_close(merged[0], theirs(low, high), rtol=0, atol=1e-5)
    assert merged[1] is high  # of `channels` channels already


def test_without_pooling_the_low_level_is_only_added() -> None:
    low, high = make_pyramid()
    block = GAU(LEVELS, 6, global_pooling=False)
    up = F.interpolate(high, size=(9, 13), mode="bilinear")
    torch.testing.assert_close(block([low, high])[0], up + block.reduce[0](low))


def test_batch_1_is_refused_unless_nothing_is_pooled() -> None:
    maps = [x[:1] for x in make_pyramid()]
    with pytest.raises(ValueError, match="Expected more than 1 value per channel"):
        GAU(LEVELS, 6)(maps)
    assert all(x.isfinite().all() for x in GAU(LEVELS, 6, global_pooling=False)(maps))
