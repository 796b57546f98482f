"""Learning-rate schedules and parameter groups."""

from lightning_modules.optim.constant import Constant
from lightning_modules.optim.cosine import Cosine
from lightning_modules.optim.cosine_restarts import CosineRestarts
from lightning_modules.optim.decay import Decay
from lightning_modules.optim.exponential import Exponential
from lightning_modules.optim.groups import Factors, ParameterRule, make_optimizer
from lightning_modules.optim.layerwise_decay import LayerwiseDecay
from lightning_modules.optim.linear_scaling import LinearScaling
from lightning_modules.optim.multi_step import MultiStep
from lightning_modules.optim.no_decay import NoDecay
from lightning_modules.optim.one_cycle import OneCycle
from lightning_modules.optim.plateau import Plateau
from lightning_modules.optim.poly import Poly
from lightning_modules.optim.rate_multiplier import RateMultiplier
from lightning_modules.optim.step import Step
from lightning_modules.optim.warmup import Warmup
from lightning_modules.optim.wsd import WSD

__all__ = [
    "WSD",
    "Constant",
    "Cosine",
    "CosineRestarts",
    "Decay",
    "Exponential",
    "Factors",
    "LayerwiseDecay",
    "LinearScaling",
    "MultiStep",
    "NoDecay",
    "OneCycle",
    "ParameterRule",
    "Plateau",
    "Poly",
    "RateMultiplier",
    "Step",
    "Warmup",
    "make_optimizer",
]
