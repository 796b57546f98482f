"""Stochastic depth."""

from torch import Tensor, nn

from lightning_modules.layers.checks import check_rate


class DropPath(nn.Module):
    """Drop a residual branch for whole samples, keep its expectation (Huang et al. 2016, eq. 2).

    In training each sample's branch is zero with probability `rate`, else scaled by 1 / (1 − rate): the
    scaling that later work uses, so that nothing changes at test time. Written into a residual block as
    x + drop_path(f(x)).

    Args:
        rate: Probability of dropping, in [0, 1).

    Shape:
        (N, …) → (N, …).

    Raises:
        ValueError: If the rate is outside [0, 1).
    """

    def __init__(self, rate: float) -> None:
        super().__init__()
        check_rate(self, rate=rate)
        self.rate = rate

    def forward(self, branch: Tensor) -> Tensor:
        if not self.training or self.rate == 0:
            return branch
        keep = branch.new_empty(branch.shape[:1] + (1,) * (branch.dim() - 1))
        return branch * keep.bernoulli_(1 - self.rate).div_(1 - self.rate)

    def extra_repr(self) -> str:
        return f"rate={self.rate}"
