"""What a trial imports from others, in two thirds of the time that it takes as it comes."""

import gc
import sys
from types import ModuleType

SOUND = "scipy.signal"  # torchmetrics imports it for a metric of sound alone


def import_libraries() -> None:
    """Import torchmetrics, torch and Lightning, and look for no garbage meanwhile, nor ever in what stays of them."""
    collects = gc.isenabled()
    gc.disable()
    try:
        _import_torchmetrics()
        import lightning.pytorch  # noqa: F401
    finally:
        gc.freeze()
        if collects:
            gc.enable()


def _import_torchmetrics() -> None:
    """Import it, which Lightning does, without what it hears with: whoever wants that imports it later."""
    if SOUND in sys.modules or "torchmetrics" in sys.modules:
        return
    import scipy

    stand_in = ModuleType(SOUND)
    stand_in.hamming = None  # type: ignore[attr-defined]  # what it would be given for old versions of scipy
    sys.modules[SOUND] = scipy.signal = stand_in
    try:
        import torchmetrics  # noqa: F401
    finally:
        del sys.modules[SOUND], scipy.signal
