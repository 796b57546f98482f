"""A job in a child of a fork server, which ends as any process of Python's does, or with the runner."""

import atexit
import contextlib
import gc
import io
import multiprocessing
import os
import pkgutil
import sys
import threading
import time
from pathlib import Path

from experiments.errors import COMPLAINT
from experiments.run.launchers.job import Job


def run(job: Job, environment: dict[str, str]) -> None:
    """Make a job's call, with its log as output and more of an environment."""
    os.environ |= environment
    try:
        _write_to(job.log)
    except OSError as error:  # a full disk, or one that is read-only by now; there is no log that could tell
        sys.exit(f"{COMPLAINT}{error.filename}: {error.strerror}")
    print(f"--- {time.strftime('%Y-%m-%d %H:%M:%S')} process {os.getpid()}", flush=True)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    # Lightning would start other ranks as whatever `python -m` has started; without, as our `sys.argv` says.
    sys.modules["__main__"].__spec__ = None
    try:
        sys.exit(pkgutil.resolve_name(job.call)(*job.args))
    finally:
        _end_as_python_does()


def _write_to(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)


def _end_as_python_does() -> None:
    """Run exit handlers and flush open files: a fork server's child ends by os._exit, which does neither."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for held in gc.get_objects():
        if issubclass(type(held), io.TextIOWrapper | io.BufferedWriter | io.BufferedRandom) and not held.closed:
            with contextlib.suppress(OSError, ValueError):
                held.flush()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
