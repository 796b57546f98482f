"""A process on a node of Ray's from which a runner's jobs start, whichever worker has them: torch is imported once.

A worker keeps the connection of its last job. The process ends with the last of them, and each job with its worker.
"""

import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from multiprocessing import AuthenticationError, connection
from pathlib import Path

from experiments.errors import UserError
from experiments.run.launchers import child
from experiments.run.launchers.job import Job
from experiments.run.launchers.local import PRELOAD, SERVERS, UNKNOWN

SECONDS = 120  # until it answers, which has imported little by then
START = "import pickle, sys; name, key, sys.path[:] = pickle.load(sys.stdin.buffer); "
START += "from experiments.run.launchers import ray_server; ray_server.serve(name, key)"
held: list[connection.Connection] = []  # of this worker's last job


def run_here(name: str, key: bytes, job: Job, environment: Mapping[str, str]) -> int:
    """Run a job from the current folder.

    Args:
        name: Of the process from which it starts, as all of a runner's workers know it; started if it is not there.
        key: By which they know each other.
        job: To run.
        environment: More of one.

    Returns:
        Its exit code.

    Raises:
        UserError: If the process dies at it again and again.
    """
    for _ in range(SERVERS):
        with suppress(EOFError, ConnectionError):
            asked = _connect(name, key)
            asked.send((os.getcwd(), job, {**environment}))
            pid = int(asked.recv())
            break
    else:
        raise UserError(f"the process that starts trials was killed {SERVERS} times: has this node memory enough?")
    held[:] = [asked]
    try:
        return int(asked.recv())
    except (EOFError, ConnectionError):  # the job may live on without it
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        return UNKNOWN


def _connect(name: str, key: bytes) -> connection.Connection:
    until = time.monotonic() + SECONDS
    while True:
        try:
            return connection.Client(str(_address(name)), "AF_UNIX", authkey=key)
        except ConnectionRefusedError:  # it was killed
            _address(name).unlink(missing_ok=True)
        except FileNotFoundError:
            if time.monotonic() > until:
                raise UserError(f"{_address(name)} does not answer: can processes be started there?") from None
        told = pickle.dumps((name, key, sys.path))  # not as words, which everybody sees
        subprocess.run([sys.executable, "-P", "-c", START], input=told, check=True, start_new_session=True)


def _address(name: str) -> Path:
    return Path(tempfile.gettempdir()) / f"trickbench-{name}"


def serve(name: str, key: bytes) -> None:
    """Be that process, unless another is already: in the background as soon as it can be asked."""
    own = _address(f"{name}-{os.getpid()}")
    listener = connection.Listener(str(own), "AF_UNIX", backlog=64, authkey=key)
    try:
        os.link(own, _address(name))
    except FileExistsError:
        listener.close()
        return
    own.unlink()
    if os.fork():  # Ray ends what a worker has started when it ends that worker
        os._exit(0)
    os.chdir("/")  # a job's folder may be a temporary one
    _Server(listener, _address(name)).listen()


class _Server:
    """Starts a child for each connection, and tells its number and its exit code."""

    def __init__(self, listener: connection.Listener, address: Path) -> None:
        self.listener, self.address, self.lock, self.count = listener, address, threading.Lock(), 0
        self.context = multiprocessing.get_context("forkserver")

    def listen(self) -> None:
        threading.Timer(SECONDS, self._end_if_idle).start()
        while True:
            with suppress(AuthenticationError, EOFError, OSError):
                asked = self.listener.accept()
                with self.lock:
                    self.count += 1
                threading.Thread(target=self._answer, args=(asked,), daemon=True).start()

    def _answer(self, asked: connection.Connection) -> None:
        with asked, suppress(EOFError, OSError):
            self._run(asked, *asked.recv())
            asked.recv()  # nothing: it is closed at last
        with self.lock:
            self.count -= 1
        self._end_if_idle()

    def _end_if_idle(self) -> None:
        with self.lock:
            if not self.count:
                self.address.unlink(missing_ok=True)
                os._exit(0)

    def _run(self, asked: connection.Connection, folder: str, job: Job, environment: dict[str, str]) -> None:
        with self.lock:
            os.environ |= {name: value for name, value in environment.items() if name.endswith("_NUM_THREADS")}
            training = job.call.startswith("experiments.")  # nothing else needs torch
            self.context.set_forkserver_preload(PRELOAD if training else [])
        process = self.context.Process(target=_call, args=(folder, job, environment))
        process.start()
        asked.send(process.pid)
        connection.wait([process.sentinel, asked])
        if process.exitcode is None:
            process.kill()
        process.join()
        asked.send(process.exitcode)


def _call(folder: str, job: Job, environment: dict[str, str]) -> None:
    os.chdir(folder)
    child.run(job, environment)
