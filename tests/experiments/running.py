"""The command in processes of their own, which end with the test that started them, and trials that wait for it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from lightning.pytorch import Callback

from experiments import pause

LIMIT = 500  # seconds, on a machine that is busy with other things
HOLD = "hold"  # a file in the folder of an ablation
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "OMP_NUM_THREADS": "1"}


@contextmanager
def started(folder: Path, *words: str, **options: Any) -> Iterator["subprocess.Popen[str]"]:
    """`trickbench` in a folder; whatever it started ends with it.

    Args:
        folder: That it is called in.
        words: Its arguments.
        options: Others of Popen's than those of a call whose output and errors are read as one text.
    """
    given = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "env": ENVIRONMENT, **options}
    command = [sys.executable, "-m", "experiments", *words]
    with subprocess.Popen(command, cwd=folder, text=True, start_new_session=True, **given) as process:
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def wait_for(found: Callable[[], Any], process: "subprocess.Popen[str] | None" = None) -> Any:
    """What is found as soon as there is anything; fails where the process that should leave it ends before."""
    deadline = time.monotonic() + LIMIT
    while not (it := found()):
        if process and process.poll() is not None:
            raise AssertionError(f"it ended too early: {process.communicate()[0]}")
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return it


class Held(Callback):
    """Keeps a trial at the start of its last epoch while the command's folder says so, or until it is to end."""

    def on_train_epoch_start(self, trainer, *_) -> None:
        is_trial = Path(trainer.default_root_dir).parent.name == "trials"  # not while it is measured
        if is_trial and trainer.current_epoch == trainer.max_epochs - 1:
            wait_for(lambda: pause.is_asked() or not Path(HOLD).exists())
