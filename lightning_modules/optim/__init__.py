"""Learning-rate schedules: warmup, then a decay."""

from lightning_modules.optim.decays import Constant, Cosine, Decay, Poly, Step
from lightning_modules.optim.warmup import Warmup

__all__ = ["Constant", "Cosine", "Decay", "Poly", "Step", "Warmup"]
