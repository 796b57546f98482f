"""Steps at given places."""

from lightning_modules.optim.decay import Decay, check_factor


class MultiStep(Decay):
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
            raise ValueError(f"MultiStep: milestones must be ascending shares of the run in (0, 1), got {milestones}")
        check_factor(self, gamma=gamma)
        self.milestones = milestones
        self.gamma = gamma

    def factor(self, progress: float) -> float:
        return float(self.gamma ** sum(progress >= m for m in self.milestones))
