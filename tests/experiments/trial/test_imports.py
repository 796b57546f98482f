"""What a trial's start does not wait for is there for whoever asks for it."""

import gc
import importlib
import sys

import scipy
from scipy.signal import convolve

from experiments.trial import imports


def test_a_metric_of_sound_does_not_slow_the_start(tmp_path, monkeypatch):
    """As torchmetrics does it, and with its metrics imported as they are."""
    (tmp_path / "torchmetrics.py").write_text(
        "import sys\nimport scipy.signal\n"
        "if not hasattr(scipy.signal, 'hamming'):\n    scipy.signal.hamming = scipy.signal.windows.hamming\n"
        "loaded = hasattr(scipy.signal, 'convolve')\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    for name in [name for name in sys.modules if f"{name}.".startswith(("torchmetrics.", "scipy.signal."))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(scipy, "signal", scipy.signal)  # is given back
    imports.import_libraries()
    assert not sys.modules["torchmetrics"].loaded
    assert "scipy.signal" not in sys.modules
    assert gc.isenabled()
    assert importlib.import_module("scipy.signal").convolve([1, 2], [1, 2]).tolist() == [1, 4, 4]


def test_where_it_is_there_already_it_stays(monkeypatch):
    monkeypatch.delitem(sys.modules, "torchmetrics")
    imports.import_libraries()
    assert scipy.signal.convolve is convolve
    assert "torchmetrics" not in sys.modules
