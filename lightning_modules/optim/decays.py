"""Decays: the learning rate's factor as a function of how much of the run is done."""

import math


class Decay:
    """A decay is a function of progress, so that it fits any run and resumes without state.

    Shape:
        progress in [0, 1] → factor of the base learning rate.
    """

    def factor(self, progress: float) -> float:
        """The factor at a share of the run, counted from the end of the warmup."""
        raise NotImplementedError


class Constant(Decay):
    """No decay."""

    def factor(self, progress: float) -> float:
        return 1.0


class Poly(Decay):
    """(1 − progress)^power (Chen et al. 2017, "DeepLab", sec. 4.3).

    Args:
        power: The exponent; 0.9 in the paper.

    Raises:
        ValueError: If the power is not positive.
    """

    def __init__(self, power: float = 0.9) -> None:
        if power <= 0:
            raise ValueError(f"Poly: power must be positive, got {power}")
        self.power = power

    def factor(self, progress: float) -> float:
        return (1 - progress) ** self.power


class Cosine(Decay):
    """Half a cosine from 1 to `end` (Loshchilov & Hutter 2017, "SGDR", eq. 5).

    Args:
        end: Factor at the end of the run.

    Raises:
        ValueError: If the end lies outside [0, 1].
    """

    def __init__(self, end: float = 0.0) -> None:
        if not 0 <= end <= 1:
            raise ValueError(f"Cosine: end must lie in [0, 1], got {end}")
        self.end = end

    def factor(self, progress: float) -> float:
        return self.end + (1 - self.end) * (1 + math.cos(math.pi * progress)) / 2


class Step(Decay):
    """Times `gamma` at each milestone (He et al. 2016, sec. 3.4).

    Args:
        milestones: Shares of the run, ascending, each in (0, 1).
        gamma: Factor at each milestone.

    Raises:
        ValueError: If a milestone lies outside (0, 1), they do not ascend, or gamma lies outside (0, 1].
    """

    def __init__(self, milestones: list[float] | None = None, gamma: float = 0.1) -> None:
        milestones = [2 / 3, 8 / 9] if milestones is None else milestones
        if any(not 0 < m < 1 for m in milestones) or milestones != sorted(set(milestones)):
            raise ValueError(f"Step: milestones must be ascending shares of the run in (0, 1), got {milestones}")
        if not 0 < gamma <= 1:
            raise ValueError(f"Step: gamma must lie in (0, 1], got {gamma}")
        self.milestones = milestones
        self.gamma = gamma

    def factor(self, progress: float) -> float:
        return float(self.gamma ** sum(progress >= m for m in self.milestones))
