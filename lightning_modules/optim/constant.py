"""No decay."""

from lightning_modules.optim.decay import Decay


class Constant(Decay):
    """No decay."""

    def factor(self, progress: float) -> float:
        return 1.0
