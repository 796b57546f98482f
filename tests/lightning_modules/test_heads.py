import pytest
import torch
import torch.nn.functional as F
from torchvision.models.segmentation.fcn import FCNHead as TorchvisionFCNHead

from lightning_modules.heads import FCNHead, LinearHead, SemanticFPNHead, UPerHead
from lightning_modules.layers import Level, resize_to

LEVELS = [Level(8, 4), Level(8, 8), Level(8, 16), Level(8, 32)]


def make_pyramid(levels: list[Level] = LEVELS) -> list[torch.Tensor]:
    torch.manual_seed(0)
    return [torch.randn(2, c, -(-70 // s), -(-110 // s)) for c, s in levels]


def test_fcn_head_equals_torchvision() -> None:
    theirs, ours = TorchvisionFCNHead(8, 5).eval(), FCNHead(LEVELS, 5, hidden=2).eval()
    ours.load_state_dict(dict(zip(ours.state_dict(), theirs.state_dict().values(), strict=True)))
    maps = make_pyramid()
    torch.testing.assert_close(ours(maps), theirs(maps[0]), rtol=0, atol=1e-5)


def test_linear_head_is_a_linear_map_of_each_pixel() -> None:
    head, (finest, *_) = LinearHead(LEVELS, 5), make_pyramid()
    weight, bias = head.classify.weight[:, :, 0, 0], head.classify.bias
    torch.testing.assert_close(head([finest])[..., 3, 7], finest[..., 3, 7] @ weight.T + bias)


def test_uper_head_fuses_all_levels_at_the_finest_resolution() -> None:
    head, maps = UPerHead(LEVELS, 5, hidden=6), make_pyramid()
    upsampled = [maps[0], *(F.interpolate(x, size=(18, 28), mode="bilinear") for x in maps[1:])]
    torch.testing.assert_close(head(maps), head.classify(head.fuse(torch.cat(upsampled, 1))))


@pytest.mark.parametrize("strides", [(4, 8, 16, 32), (4, 8, 8, 8), (4, 4, 8, 16), (8, 16)])
def test_semantic_fpn_head_is_the_papers_with_the_last_upsampling_after_the_classifier(
    strides: tuple[int, ...],
) -> None:
    """The paper's order, written out: upsample step by step to the finest stride, sum, classify."""
    levels = [Level(8, stride) for stride in strides]
    head, maps = SemanticFPNHead(levels, 5, hidden=6), make_pyramid(levels)
    at = dict(zip(strides, maps, strict=True))
    total = torch.zeros(2, 6, *maps[0].shape[2:])
    for branch, x, stride in zip(head.branches, maps, strides, strict=True):
        for conv in branch:
            stride = max(stride // 2, strides[0])  # noqa: PLW2901
            x = resize_to(conv(x), like=at[stride])  # noqa: PLW2901
        total = total + x
    torch.testing.assert_close(head(maps), head.classify(total), rtol=0, atol=1e-5)


def test_semantic_fpn_head_has_three_two_one_and_one_convolutions() -> None:
    head = SemanticFPNHead(LEVELS, 5)
    assert [len(branch) for branch in head.branches] == [1, 1, 2, 3]
    assert head.classify.in_channels == 128


@pytest.mark.parametrize("strides", [(4, 16), (8, 8), (4, 8, 32)])
def test_semantic_fpn_head_needs_every_octave(strides: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"SemanticFPNHead: strides must double from level to level, got \["):
        SemanticFPNHead([Level(8, stride) for stride in strides], 5)


@pytest.mark.parametrize("head", [FCNHead, LinearHead, UPerHead])
def test_dropout_acts_on_whole_channels_in_training_only(head: type) -> None:
    torch.manual_seed(0)
    net, maps = head(LEVELS, 5, dropout=0.5), make_pyramid()
    seen: list[torch.Tensor] = []
    net.dropout.register_forward_hook(lambda *call: seen.append(call[2]))
    net(maps)
    net.eval()(maps)
    dropped = [(x == 0).all(dim=(2, 3)).any().item() for x in seen]
    assert dropped == [True, False]
