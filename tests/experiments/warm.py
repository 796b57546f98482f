"""Processes of ours that are forked from one that has imported torch and Lightning, which takes each start seconds.

A test starts `python -m experiments` by `subprocess`, as ever: within `starts`, a server forks it (`warm_server`). The
process has the folder, environment, streams and session that it would have been started with. Whatever counts at a
start alone, such as PYTHONWARNINGS, another Python or the installed command, is started.
"""

import functools
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from experiments.code import PACKAGES
from experiments.run.launchers import local

ROOT = Path(__file__).parents[2]
OURS = ("experiments", *PACKAGES)  # a folder that has one of them hides what the server has imported
SIZE = 1 << 20  # bytes of a request, at most
FIXED = ("PYTHON", "LC_", "LANG", "OMP_")  # variables that count at a start alone,
OWN = {"PYTHONPATH", "PYTHONSAFEPATH"}  # but for those that the server follows
LEARNT = "tests.experiments.learnt"
AS_OTHERS = ("setpriv", "--bounding-set=-dac_override,-dac_read_search")  # root writes to read-only folders, too
SERVERS: dict[tuple[str, ...], tuple[socket.socket, "subprocess.Popen[bytes]"]] = {}  # by what they were started with
Exec = subprocess.Popen


class Popen(subprocess.Popen):  # type: ignore[type-arg]
    """A process as `subprocess` starts it, but forked where it is a command of ours that this Python is to run."""

    answer: socket.socket | None = None  # says the number of a forked process, and later how it ended

    def _execute_child(self, args, executable, preexec_fn, close_fds, pass_fds, cwd, env, *others) -> None:
        before, words = command(args)
        given = {**(os.environ if env is None else env)}
        if not words or preexec_fn or pass_fds or not fits(given):
            super()._execute_child(args, executable, preexec_fn, close_fds, pass_fds, cwd, env, *others)
            return
        streams, own_session = others[3:9], others[14]
        fds = [i if fd == -1 else fd for i, fd in enumerate((streams[0], streams[3], streams[5]))]
        request = {"words": words, "cwd": str(cwd or os.getcwd()), "env": given, "session": own_session}
        self.answer, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            socket.send_fds(_server(before), [json.dumps(request).encode()], [*fds, theirs.fileno()])
        self._close_pipe_fds(*streams)
        self.pid = int(self.answer.recv(SIZE))
        self._child_created = True

    def _try_wait(self, flags: int) -> tuple[int, int]:
        if self.answer is None:
            return super()._try_wait(flags)
        self.answer.setblocking(not flags & os.WNOHANG)
        try:
            return self.pid, int(self.answer.recv(SIZE))
        except BlockingIOError:
            return 0, 0

    def _internal_poll(self, *args: Any, **options: Any) -> int | None:
        if self.answer is None:
            return super()._internal_poll(*args, **options)
        if self.returncode is None and self._waitpid_lock.acquire(False):
            try:
                pid, status = self._try_wait(os.WNOHANG)
                if pid:
                    self._handle_exitstatus(status)
            finally:
                self._waitpid_lock.release()
        return self.returncode

    def _handle_exitstatus(self, *args: Any, **options: Any) -> None:
        super()._handle_exitstatus(*args, **options)
        if self.answer:
            self.answer.close()


@contextmanager
def starts() -> Iterator[None]:
    """Fork what is started by `subprocess`, where it is ours; what this process itself forks has `LEARNT`, too."""
    environment()  # as it is now: a test may change it, and the first to start a command be among them
    try:
        local.PRELOAD.append(LEARNT)
        subprocess.Popen = Popen  # type: ignore[misc]
        yield
    finally:
        subprocess.Popen = Exec  # type: ignore[misc]
        local.PRELOAD.remove(LEARNT)
        while SERVERS:
            door, server = SERVERS.popitem()[1]
            door.close()
            server.wait()


def command(args: Any) -> tuple[tuple[str, ...], list[str]]:
    """The words of a command line that runs our command with this Python: before it, and those after `python -m`.

    There are none after it, if it does not.
    """
    words = [args] if isinstance(args, str | bytes | os.PathLike) else [os.fspath(arg) for arg in args]
    before = AS_OTHERS if tuple(words[: len(AS_OTHERS)]) == AS_OTHERS else ()
    words = words[len(before) :]
    return before, words[2:] if words[:3] == [sys.executable, "-m", "experiments"] else []


def fits(env: Mapping[str, str]) -> bool:
    """Whether a process with this environment is the same when it is forked."""
    known = environment()
    names = {name for name in {**env, **known} if name.startswith(FIXED)} - OWN
    others = [Path(folder) for folder in pythonpath(env) if Path(folder) != ROOT]
    hides = any((folder / name).exists() for folder in others for name in OURS)
    return all(env.get(name) == known.get(name) for name in names) and not hides


def pythonpath(env: Mapping[str, str]) -> list[str]:
    """The folders that it names."""
    return [folder for folder in env.get("PYTHONPATH", "").split(os.pathsep) if folder]


@functools.cache
def environment() -> dict[str, str]:
    """The server's own."""
    return {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}


def _server(before: tuple[str, ...]) -> socket.socket:
    """What takes the requests of the server of this process, which ends with it, that was started with such words."""
    if before not in SERVERS:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            words = [*before, sys.executable, "-m", "tests.experiments.warm_server", str(theirs.fileno())]
            given = {"cwd": ROOT, "env": environment(), "pass_fds": [theirs.fileno()], "stdin": subprocess.DEVNULL}
            SERVERS[before] = ours, Exec(words, start_new_session=True, **given)
    return SERVERS[before][0]
