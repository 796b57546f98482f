"""What dense detection heads are made of: towers of convolutions, and predictors at their top."""

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lightning_modules.layers import Level


class Tower(nn.Sequential):
    """3 × 3 convolutions with ReLU, the same for all levels (Lin et al. 2017, "Focal Loss", fig. 3c and d).

    A level that has other channels goes through a 1 × 1 convolution of its own first.

    Args:
        levels: Levels of the pyramid.
        channels: Channels of the convolutions.
        depth: How many there are.
        norm: Whether a norm follows each, as in `SharedConv`.

    Shape:
        Levels (N, C_i, H_i, W_i) → levels (N, channels, H_i, W_i).
    """

    def __init__(self, levels: Sequence[Level], channels: int, depth: int, norm: bool) -> None:
        super().__init__(Project(levels, channels), *(SharedConv(len(levels), channels, norm) for _ in range(depth)))


class Project(nn.ModuleList):
    """A 1 × 1 convolution for each level that does not have `channels` channels.

    Args:
        levels: Levels of the pyramid.
        channels: Channels that all levels are to have.

    Shape:
        Levels (N, C_i, H_i, W_i) → levels (N, channels, H_i, W_i).
    """

    def __init__(self, levels: Sequence[Level], channels: int) -> None:
        super().__init__(
            nn.Identity() if level.channels == channels else nn.Conv2d(level.channels, channels, 1) for level in levels
        )

    def forward(self, pyramid: list[Tensor]) -> list[Tensor]:
        return [project(x) for project, x in zip(self, pyramid, strict=True)]


class SharedConv(nn.Module):
    """A 3 × 3 convolution that all levels share, perhaps a norm, and ReLU.

    The norm is BatchNorm, one for each level, as each has its own statistics; a rewrite makes GroupNorm of it. Weights
    start as He's (He et al. 2015, eq. 10), which carry the signal through towers of any width; the papers' σ = 0.01 is
    for 256 channels and long training.

    Args:
        levels: Number of levels.
        channels: Channels of every level.
        norm: Whether there is a norm.

    Shape:
        Levels (N, channels, H_i, W_i) → likewise.

    Raises:
        ValueError: In training, if BatchNorm gets one value a channel.
    """

    def __init__(self, levels: int, channels: int, norm: bool) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)
        nn.init.kaiming_normal_(self.conv.weight, nonlinearity="relu")
        nn.init.zeros_(self.conv.get_parameter("bias"))
        self.norms = nn.ModuleList(nn.BatchNorm2d(channels) if norm else nn.Identity() for _ in range(levels))

    def forward(self, pyramid: list[Tensor]) -> list[Tensor]:
        maps = [self.conv(x) for x in pyramid]
        for norm, x in zip(self.norms, maps, strict=True):
            if isinstance(norm, nn.BatchNorm2d) and norm.training and x.shape[0] * x.shape[2] * x.shape[3] == 1:
                raise ValueError(
                    "SharedConv: BatchNorm cannot train on one value a channel, got batch 1 and a level of 1 × 1; "
                    "use a batch of 2 or more, fewer levels, or the GroupNorm rewrite with two channels a group or more"
                )
        return [F.relu(norm(x), inplace=True) for norm, x in zip(self.norms, maps, strict=True)]


class Predictor(nn.Module):
    """A 3 × 3 convolution that predicts some numbers for every anchor, all levels in a row.

    Weights start small, σ = 0.01 (Lin et al. 2017, "Focal Loss", sec. 4.1), so that at first the bias alone speaks.

    Args:
        channels: Channels of every level.
        anchors: Anchors at each place.
        outputs: Numbers an anchor.

    Shape:
        Levels (N, channels, H_i, W_i) → (N, Σ H_i · W_i · anchors, outputs).
    """

    def __init__(self, channels: int, anchors: int, outputs: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, anchors * outputs, 3, padding=1)
        nn.init.normal_(self.conv.weight, std=0.01)
        nn.init.zeros_(self.conv.get_parameter("bias"))
        self.outputs = outputs

    def forward(self, pyramid: list[Tensor]) -> Tensor:
        maps = [self.conv(x).permute(0, 2, 3, 1) for x in pyramid]
        return torch.cat([x.reshape(x.shape[0], -1, self.outputs) for x in maps], dim=1)


class Classifier(Predictor):
    """Logits of every anchor, at first with the probability π of an object (Lin et al. 2017, "Focal Loss", sec. 3.3).

    With π = 0.5 for all, the many background anchors would swamp the first steps. Sigmoids start with π for each
    class, a softmax with π for all classes together.

    Args:
        channels: Channels of every level.
        anchors: Anchors at each place.
        num_classes: Classes to tell apart.
        background_logit: Whether background has a logit of its own, the last (softmax), or none (sigmoids).
        prior: The probability π, or None: all biases start at 0.

    Shape:
        As `Predictor`.

    Raises:
        ValueError: If the prior is outside (0, 1).
    """

    def __init__(
        self, channels: int, anchors: int, num_classes: int, background_logit: bool, prior: float | None
    ) -> None:
        super().__init__(channels, anchors, num_classes + background_logit)
        if prior is None:
            return
        if not 0 < prior < 1:
            raise ValueError(f"prior must lie in (0, 1), or be null for none, got {prior}")
        with torch.no_grad():
            bias = self.conv.get_parameter("bias").view(anchors, -1)
            if background_logit:
                bias[:, -1] = math.log(num_classes * (1 - prior) / prior)
            else:
                bias[:] = math.log(prior / (1 - prior))
