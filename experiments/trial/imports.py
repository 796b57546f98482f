"""An import that torchmetrics makes for a metric of sound alone, and that takes a seventh of a trial's start."""

import sys
from types import ModuleType

NEEDLESS = "scipy.signal"


def import_torchmetrics() -> None:
    """Import torchmetrics, which Lightning does, without that: whoever wants the module itself imports it later."""
    if NEEDLESS in sys.modules or "torchmetrics" in sys.modules:
        return
    import scipy

    stand_in = ModuleType(NEEDLESS)
    stand_in.hamming = None  # type: ignore[attr-defined]  # what it would be given for old versions of scipy
    sys.modules[NEEDLESS] = scipy.signal = stand_in
    try:
        import torchmetrics  # noqa: F401
    finally:
        del sys.modules[NEEDLESS], scipy.signal
