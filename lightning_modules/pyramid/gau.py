"""Global attention upsampling."""

from collections.abc import Callable, Sequence
from typing import Literal

from torch import Tensor, nn

from lightning_modules.layers import ConvNormAct, Level, check_choice, check_levels, check_positive, relu, resize_to
from lightning_modules.pyramid.base import PyramidBlock

GATES: dict[str, Callable[[], nn.Module]] = {"relu": relu, "sigmoid": nn.Sigmoid}


class GAU(PyramidBlock):
    """Global attention upsampling (Li et al. 2018, "Pyramid Attention Network", fig. 4).

    From the top: the coarser level, pooled globally and passed through a 1 × 1 convolution with norm and gate,
    weighs the channels of the finer level's 3 × 3 convolution; the upsampled coarser level is added. A deepest level
    of other than `channels` channels is first brought to them by a 1 × 1 convolution.

    The paper prints the gate's ReLU (sec. 3.3). Two implementations differ: segmentation-models-pytorch has a sigmoid
    there; the PyTorch code of J. Wang has a ReLU after the sum and none on the finer level (it also upsamples by a
    transposed convolution, since its levels keep their own channels).

    The pooled map refuses to train under BatchNorm at batch 1, as in `PPM`.

    Args:
        levels: Levels of the pyramid, at least two.
        channels: Channels of every level that is returned.
        global_pooling: Whether the attention is there (the paper ablates it, table 3).
        gate: What the attention ends in: `relu` leaves weights open above 1, `sigmoid` keeps them in (0, 1).
        activation: Where the ReLU is: on the finer level's `branch`, or after the `sum`.

    Shape:
        Levels (N, C_i, H_i, W_i) → as many levels (N, channels, H_i, W_i).

    Raises:
        ValueError: If there are fewer than two levels or no channels, the gate or the activation is unknown, or in
            training at batch 1 under BatchNorm.
    """

    def __init__(
        self,
        levels: Sequence[Level],
        channels: int = 256,
        global_pooling: bool = True,
        gate: Literal["relu", "sigmoid"] = "relu",
        activation: Literal["branch", "sum"] = "branch",
    ) -> None:
        super().__init__()
        check_levels(self, levels, at_least=2)
        check_positive(self, channels=channels)
        check_choice(self, GATES, gate=gate)
        check_choice(self, ("branch", "sum"), activation=activation)
        *finer, deepest = levels
        on_branch, after_sum = (relu, nn.Identity) if activation == "branch" else (nn.Identity, relu)
        self.project = nn.Identity() if deepest.channels == channels else ConvNormAct(deepest.channels, channels, 1)
        self.reduce = nn.ModuleList(ConvNormAct(level.channels, channels, activation=on_branch) for level in finer)
        self.attend = nn.ModuleList(
            nn.Sequential(nn.AdaptiveAvgPool2d(1), *ConvNormAct(channels, channels, 1, activation=GATES[gate]))
            for _ in (finer if global_pooling else ())
        )
        self.activate = after_sum()
        self.levels = tuple(Level(channels, stride) for _, stride in levels)

    def forward(self, pyramid: list[Tensor]) -> list[Tensor]:
        merged = [self.project(pyramid[-1])]
        for i in range(len(self.reduce) - 1, -1, -1):
            high, low = merged[0], self.reduce[i](pyramid[i])
            if self.attend:
                low = low * self.attend[i](high)
            merged.insert(0, self.activate(resize_to(high, like=low) + low))
        return merged
