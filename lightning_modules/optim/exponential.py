"""The same factor from step to step."""

from lightning_modules.optim.decay import Decay, check_factor


class Exponential(Decay):
    """The same factor from step to step, to `end` in all: end^progress.

    Exponential scheduling in Senior et al. 2013, "An Empirical Study of Learning Rates in Deep Neural Networks for
    Speech Recognition".

    Args:
        end: Factor at the end of the run.

    Raises:
        ValueError: If the end lies outside (0, 1].
    """

    def __init__(self, end: float = 0.01) -> None:
        check_factor(self, end=end)
        self.end = end

    def factor(self, progress: float) -> float:
        return float(self.end**progress)
