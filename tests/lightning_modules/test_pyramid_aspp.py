import pytest
import torch
from segmentation_models_pytorch.decoders.deeplabv3 import decoder as smp
from torch import nn
from torchvision.models.segmentation import deeplabv3

from lightning_modules.heads import FCNHead
from lightning_modules.layers import Level, SeparableConvNormAct
from lightning_modules.pyramid import ASPP

LEVELS = [Level(12, 16)]
X = torch.randn(3, 12, 9, 13, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("training", [True, False])
def test_equals_torchvision_and_loads_its_weights(training: bool) -> None:
    theirs = deeplabv3.ASPP(12, [6, 12, 18], out_channels=8).train(training)
    ours = ASPP(LEVELS, out_channels=8).train(training)
    ours.load_state_dict(theirs.state_dict())
    torch.manual_seed(0)  # of the dropout
    (a,) = ours([X])
    torch.manual_seed(0)
    torch.testing.assert_close(a, theirs(X), rtol=0, atol=1e-5)


def test_with_the_fcn_head_equals_the_head_of_torchvisions_deeplabv3() -> None:
    theirs = deeplabv3.DeepLabHead(12, num_classes=5, atrous_rates=(2, 3)).eval()
    ours = nn.Sequential(ASPP(LEVELS, rates=(2, 3)), FCNHead([Level(256, 16)], 5)).eval()
    ours.load_state_dict(dict(zip(ours.state_dict(), theirs.state_dict().values(), strict=True)))
    torch.testing.assert_close(ours([X]), theirs(X), rtol=0, atol=1e-5)


def test_separable_equals_smp_but_for_the_norm_after_the_depthwise_convolution() -> None:
    theirs = smp.ASPP(12, 8, (1, 2, 3), separable=True, dropout=0).eval()
    ours = ASPP(LEVELS, (1, 2, 3), 8, separable=True, dropout=0).eval()
    for conv in ours.convs:
        if isinstance(conv, SeparableConvNormAct):
            conv[0][1] = conv[0][2] = nn.Identity()  # DeepLabv3+ has them, smp has not
    ours.load_state_dict(dict(zip(ours.state_dict(), theirs.state_dict().values(), strict=True)))
    torch.testing.assert_close(ours([X])[0], theirs(X), rtol=0, atol=1e-5)


@pytest.mark.parametrize(("stride", "rates"), [(8, [12, 24, 36]), (16, [6, 12, 18]), (32, [3, 6, 9]), (64, [1, 3, 4])])
def test_rates_follow_the_output_stride(stride: int, rates: list[int]) -> None:
    block = ASPP([Level(4, stride)], out_channels=4)
    assert [conv[0].dilation[0] for conv in list(block.convs)[1:-1]] == rates


def test_batch_1_is_refused_by_the_pooled_image() -> None:
    with pytest.raises(ValueError, match="Expected more than 1 value per channel"):
        ASPP(LEVELS)([X[:1]])
