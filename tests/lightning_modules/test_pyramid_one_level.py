import pytest
import torch
from torchvision.ops import FeaturePyramidNetwork

from lightning_modules.layers import Level
from lightning_modules.pyramid import FPN, OneLevel

LEVELS = [Level(4, 4), Level(6, 8), Level(8, 16), Level(10, 16)]
MAPS = [torch.randn(1, c, 32 // s, 32 // s, generator=torch.Generator().manual_seed(0)) for c, s in LEVELS]


@pytest.mark.parametrize(("stride", "kept"), [(None, 3), (16, 3), (8, 1), (4, 0)])
def test_the_deepest_level_of_the_stride_is_kept(stride: int | None, kept: int) -> None:
    block, others = OneLevel(LEVELS, 5, stride), [x if i == kept else x * torch.nan for i, x in enumerate(MAPS)]
    assert block.levels == (Level(5, LEVELS[kept].stride),)
    (made,) = block(others)
    assert made.shape == (1, 5, *MAPS[kept].shape[2:])
    assert made.isfinite().all()


def test_the_deepest_level_is_fpns_whose_deepest_is_merged_with_none() -> None:
    fpn, ours = FPN(LEVELS, 5), OneLevel(LEVELS, 5)
    ours.lateral.load_state_dict(fpn.lateral[-1].state_dict())
    ours.smooth.load_state_dict(fpn.smooth[-1].state_dict())
    torch.testing.assert_close(ours(MAPS)[0], fpn(MAPS)[-1])


def test_a_stride_that_no_level_has_is_refused() -> None:
    with pytest.raises(ValueError, match=r"OneLevel: stride must be one of the levels' \[4, 8, 16, 16\], got 32"):
        OneLevel(LEVELS, stride=32)


def test_it_equals_torchvisions_pyramid_of_a_single_level() -> None:
    theirs = FeaturePyramidNetwork([LEVELS[1].channels], 5)
    ours = OneLevel(LEVELS, 5, stride=8)
    ours.lateral.load_state_dict(theirs.inner_blocks[0][0].state_dict())
    ours.smooth.load_state_dict(theirs.layer_blocks[0][0].state_dict())
    torch.testing.assert_close(ours(MAPS)[0], theirs({"0": MAPS[1]})["0"])
