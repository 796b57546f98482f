import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lightning_modules.layers import Level
from lightning_modules.pyramid import StripPooling

X = torch.randn(2, 16, 9, 13, generator=torch.Generator().manual_seed(0))


class Mixed(nn.Module):
    """The authors' module, written again from its formula, with corners that are not aligned, as elsewhere here."""

    def __init__(self, channels: int, bins: list[int]) -> None:
        super().__init__()
        inner = channels // 4
        self.near_in, self.far_in = unit(channels, inner, 1), unit(channels, inner, 1)
        self.own = unit(inner, inner, 3)
        self.pooled = nn.ModuleList(unit(inner, inner, 3) for _ in bins)
        self.row, self.column = unit(inner, inner, (1, 3)), unit(inner, inner, (3, 1))
        self.near_out, self.far_out = unit(inner, inner, 3), unit(inner, inner, 3)
        self.out = unit(2 * inner, channels, 1)
        self.bins = bins

    def forward(self, x: Tensor) -> Tensor:
        size = x.shape[2:]
        near, far = self.near_in(x).relu(), self.far_in(x).relu()
        total = self.own(near)
        for conv, bins in zip(self.pooled, self.bins, strict=True):
            total = total + F.interpolate(conv(F.adaptive_avg_pool2d(near, bins)), size, mode="bilinear")
        row = F.interpolate(self.row(F.adaptive_avg_pool2d(far, (1, size[1]))), size, mode="bilinear")
        column = F.interpolate(self.column(F.adaptive_avg_pool2d(far, (size[0], 1))), size, mode="bilinear")
        found = torch.cat([self.near_out(total.relu()).relu(), self.far_out((row + column).relu()).relu()], 1)
        return (x + self.out(found)).relu()


def unit(inputs: int, outputs: int, kernel: int | tuple[int, int]) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inputs, outputs, kernel, padding="same", bias=False), nn.BatchNorm2d(outputs))


def test_equals_the_authors_formula() -> None:
    theirs, ours = Mixed(16, [5, 3]), StripPooling([Level(16, 8)], bins=[5, 3])
    ours.load_state_dict(dict(zip(ours.state_dict(), theirs.state_dict().values(), strict=True)))
    for training in (True, False):
        torch.testing.assert_close(ours.train(training)([X])[0], theirs.train(training)(X), rtol=1e-5, atol=1e-5)


def test_its_strips_see_a_whole_row_and_column_and_little_else() -> None:
    torch.manual_seed(0)
    block = StripPooling([Level(64, 8)], bins=[1]).eval()
    torch.nn.init.zeros_(block.project[0].weight[:, :16])  # what the bins find
    x = torch.rand(1, 64, 21, 21, requires_grad=True)
    (seen,) = torch.autograd.grad(block([x])[0][0, :, 10, 10].sum(), x)
    seen = seen.abs().sum((0, 1)) > 0
    assert seen[10].all()
    assert seen[:, 10].all()
    assert not seen[0, 0]
