"""A network without shortcuts is the plain one."""

from collections.abc import Callable
from functools import partial

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from lightning_modules.backbones import ResNet, Tiny
from lightning_modules.layers.residual import ResidualBlock
from lightning_modules.rewrites import DropPath, NoShortcut, ZeroGamma

x = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))


def test_a_block_without_its_shortcut_is_its_branch() -> None:
    block = NoShortcut()(nn.Sequential(ResidualBlock(3, 8, stride=2))).eval()
    assert torch.equal(block(x), F.relu(block[0].branch(x)))


@pytest.mark.parametrize("make", [Tiny, partial(ResNet, 18, width=0.125), partial(ResNet, 50, width=0.125)])
def test_where_the_branch_is_silent_nothing_passes(make: Callable[[], nn.Module]) -> None:
    shortcut, plain = (rewrite(ZeroGamma()(make())).eval() for rewrite in (lambda network: network, NoShortcut()))
    assert shortcut(x)[-1].abs().sum() > 0
    assert all(level.abs().sum() == 0 for level in plain(x))


def test_branches_keep_the_names_of_their_weights() -> None:
    before, after = (set(network.state_dict()) for network in (Tiny(), NoShortcut()(Tiny())))
    assert after == {name for name in before if ".shortcut." not in name}


def test_it_goes_with_drop_path() -> None:
    assert all(level.isfinite().all() for level in DropPath(0.5)(NoShortcut()(Tiny()))(x))


def test_a_network_without_such_blocks_is_refused() -> None:
    with pytest.raises(ValueError, match="no residual block with a shortcut"):
        NoShortcut()(nn.Sequential(nn.Conv2d(3, 3, 1)))
