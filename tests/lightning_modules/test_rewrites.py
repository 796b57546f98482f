"""Rewrites change what they say, and nothing else."""

import pytest
import torch
from torch import nn

from lightning_modules import layers
from lightning_modules.backbones import ResNet, Tiny
from lightning_modules.rewrites import DropPath, GroupNorm


def test_group_norm_takes_every_batch_norm():
    model = GroupNorm(4)(ResNet(18, width=0.25))
    kinds = [type(m) for m in model.modules()]
    assert nn.BatchNorm2d not in kinds
    assert kinds.count(nn.GroupNorm) == 20
    assert all(m.num_groups == 4 for m in model.modules() if isinstance(m, nn.GroupNorm))


def test_group_norm_by_channels_a_group():
    model = GroupNorm(4, per_group=True)(Tiny(width=8))
    assert {m.num_channels // m.num_groups for m in model.modules() if isinstance(m, nn.GroupNorm)} == {4}


def test_group_norm_names_layer_and_numbers_that_fit():
    with pytest.raises(ValueError, match=r"5 does not divide the 12 channels of stem\.1; .* \[1, 2, 3, 4, 6, 12\]"):
        GroupNorm(5)(Tiny(width=12))


@pytest.mark.parametrize(("backbone", "blocks"), [(ResNet(18, width=0.125), 8), (ResNet(50, width=0.125), 16), (Tiny(), 3)])
def test_drop_path_grows_over_the_blocks(backbone, blocks):
    model = DropPath(0.4)(backbone)
    rates = [m.rate for m in model.modules() if isinstance(m, layers.DropPath)]
    assert rates == pytest.approx([0.4 * (i + 1) / blocks for i in range(blocks)])


def test_drop_path_drops_the_branch_and_keeps_the_shortcut():
    block = Tiny(width=4).stages[0]
    tricked = DropPath(0.999999)(nn.Sequential(block)).train()
    x = torch.rand(2, 4, 8, 8)
    expected = torch.relu(block[0].shortcut(x))
    torch.testing.assert_close(tricked(x), expected)


def test_drop_path_changes_nothing_at_test_time():
    model = Tiny(width=4).eval()
    x = torch.rand(1, 3, 32, 32)
    before = model(x)[-1]
    torch.testing.assert_close(DropPath(0.5)(model).eval()(x)[-1], before)


def test_drop_path_layer_keeps_the_expectation_and_drops_whole_samples():
    torch.manual_seed(0)
    y = layers.DropPath(0.25).train()(torch.ones(4000, 2, 3, 3))
    assert sorted(y.unique().tolist()) == pytest.approx([0, 1 / 0.75])
    assert y.mean().item() == pytest.approx(1, abs=0.03)
    assert torch.equal(y.amin(dim=(1, 2, 3)), y.amax(dim=(1, 2, 3)))


def test_drop_path_needs_a_residual_block():
    with pytest.raises(ValueError, match="no residual block"):
        DropPath(0.1)(nn.Sequential(nn.Conv2d(3, 3, 1)))


@pytest.mark.parametrize("rate", [-0.1, 1.0])
def test_drop_path_refuses_a_rate(rate):
    with pytest.raises(ValueError, match=rf"rate must lie in \[0, 1\), got {rate}"):
        DropPath(rate)
