"""Equal steps."""

from lightning_modules.optim.decay import EPSILON, Decay, check_factor


class Step(Decay):
    """Times `gamma` from each of `steps` equal pieces of the run to the next (Ge et al. 2019, "Step Decay", alg. 1).

    Args:
        steps: Pieces.
        gamma: Factor from one piece to the next.

    Raises:
        ValueError: If there are fewer than two pieces, or gamma lies outside (0, 1].
    """

    def __init__(self, steps: int = 3, gamma: float = 0.1) -> None:
        if steps < 2:
            raise ValueError(f"Step: steps must be at least 2, got {steps}")
        check_factor(self, gamma=gamma)
        self.steps = steps
        self.gamma = gamma

    def factor(self, progress: float) -> float:
        return float(self.gamma ** min(int(progress * self.steps + EPSILON), self.steps - 1))
