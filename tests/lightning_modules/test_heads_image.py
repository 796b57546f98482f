"""Heads for whole images: the paper's bins, any input size."""

import math

import pytest
import torch

from lightning_modules.heads import GAPHead, SPPHead
from lightning_modules.layers import Level

LEVELS = [Level(4, 8), Level(6, 16)]


def make_map(height: int, width: int) -> torch.Tensor:
    return torch.randn(2, 6, height, width, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("size", [(13, 13), (10, 7), (4, 4), (3, 5), (1, 1)], ids=str)
def test_spp_pools_the_bins_of_the_papers_appendix(size: tuple[int, int]) -> None:
    head, x = SPPHead(LEVELS, 5), make_map(*size)
    height, width = size
    vector = []
    for n in (1, 2, 4):
        cells = torch.empty(2, 6, n, n)
        for i in range(n):
            for j in range(n):
                rows = slice(math.floor(i * height / n), math.ceil((i + 1) * height / n))
                columns = slice(math.floor(j * width / n), math.ceil((j + 1) * width / n))
                cells[:, :, i, j] = x[:, :, rows, columns].amax((2, 3))
        vector.append(cells.flatten(1))
    expected = torch.cat(vector, 1) @ head.classify.weight.T + head.classify.bias
    torch.testing.assert_close(head([x, x]), expected)


def test_spp_gives_21_values_a_channel_as_in_figure_3() -> None:
    assert SPPHead([Level(256, 16)], 1000).classify.in_features == (16 + 4 + 1) * 256


def test_spp_of_one_bin_is_global_max_pooling() -> None:
    head, x = SPPHead(LEVELS, 5, bins=(1,)), make_map(9, 7)
    torch.testing.assert_close(head([x]), head.classify(x.amax((2, 3))))


def test_gap_is_blind_to_where_and_spp_is_not() -> None:
    x = make_map(8, 8)
    mirrored = x.flip(3)
    gap, spp = GAPHead(LEVELS, 5), SPPHead(LEVELS, 5)
    torch.testing.assert_close(gap([x]), gap([mirrored]))
    assert not torch.allclose(spp([x]), spp([mirrored]))
