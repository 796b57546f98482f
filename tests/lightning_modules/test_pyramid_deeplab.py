import torch
from segmentation_models_pytorch.decoders.deeplabv3.decoder import DeepLabV3PlusDecoder
from torch import nn

from lightning_modules.layers import Level
from lightning_modules.pyramid import DeepLabDecoder


def test_equals_smp_up_to_its_one_convolution() -> None:
    # smp refines once, the paper twice (table 2); smp has no norm after the depthwise convolution, DeepLabv3+ has;
    # smp aligns corners, nothing here does. Taken away, they agree.
    theirs = DeepLabV3PlusDecoder([3, 4, 5, 6, 7, 8], 5, 8, (1, 2, 3), 16, aspp_separable=False, aspp_dropout=0).eval()
    theirs.aspp = nn.Identity()
    theirs.up.align_corners = False
    ours = DeepLabDecoder([Level(5, 4), Level(6, 8), Level(8, 16)], 8, separable=True).eval()
    ours.refine[1] = nn.Identity()
    ours.refine[0][0][1] = ours.refine[0][0][2] = nn.Identity()
    ours.load_state_dict(dict(zip(ours.state_dict(), theirs.state_dict().values(), strict=True)))
    torch.manual_seed(0)
    low, high = torch.randn(2, 5, 12, 20), torch.randn(2, 8, 3, 5)
    expected = theirs([None, None, low, None, None, high])
    torch.testing.assert_close(ours([low, torch.empty(0), high])[0], expected, rtol=0, atol=1e-5)


def test_is_the_decoder_of_table_1_and_2() -> None:
    block = DeepLabDecoder([Level(256, 4), Level(256, 16)])
    assert block.reduce[0].weight.shape == (48, 256, 1, 1)
    assert [conv[0].weight.shape for conv in block.refine] == [(256, 304, 3, 3), (256, 256, 3, 3)]
    assert block.levels == (Level(256, 4),)
