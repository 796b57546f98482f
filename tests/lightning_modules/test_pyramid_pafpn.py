import torch
import torch.nn.functional as F

from lightning_modules.layers import Level
from lightning_modules.pyramid import FPN, PAFPN

LEVELS = [Level(4, 4), Level(6, 8), Level(8, 16), Level(10, 32)]


def make_pyramid() -> list[torch.Tensor]:
    torch.manual_seed(0)
    return [torch.randn(2, c, -(-70 // s), -(-110 // s)) for c, s in LEVELS]


def test_the_finest_level_is_the_fpns() -> None:
    block = PAFPN(LEVELS, 8)
    assert torch.equal(block(make_pyramid())[0], FPN.forward(block, make_pyramid())[0])


def test_each_coarser_level_is_built_as_in_figure_2() -> None:
    block = PAFPN(LEVELS, 8)
    p, n = FPN.forward(block, make_pyramid()), block(make_pyramid())
    for i in range(3):
        (up, _), (fuse, _) = block.up[i], block.fuse[i]
        halved = F.relu(F.conv2d(n[i], up.weight, up.bias, stride=2, padding=1))
        expected = F.relu(F.conv2d(p[i + 1] + halved, fuse.weight, fuse.bias, padding=1))
        torch.testing.assert_close(n[i + 1], expected)


def test_the_coarsest_output_hears_the_finest_input_as_the_fpns_cannot() -> None:
    maps = [x.requires_grad_() for x in make_pyramid()]
    block = PAFPN(LEVELS, 8)
    (through_fpn,) = torch.autograd.grad(FPN.forward(block, maps)[-1].sum(), maps[:1], allow_unused=True)
    (through_path,) = torch.autograd.grad(block(maps)[-1].sum(), maps[:1])
    assert through_fpn is None
    assert through_path.abs().sum() > 0


def test_the_path_runs_over_extra_levels() -> None:
    block = PAFPN(LEVELS, 8, extra_levels=2, extra="conv")
    assert [tuple(x.shape[2:]) for x in block(make_pyramid())[-2:]] == [(2, 2), (1, 1)]
    assert len(block.up) == 5
