"""The server of `warm`: it has imported what trials need, and forks for each command, which ends as a process does.

The fork server that an ablation starts for its trials is forked too, before its command runs: it inherits nothing of it
but what a process that is started does.
"""

import fcntl
import functools
import gc
import json
import os
import pkgutil
import runpy
import signal
import socket
import sys
import types
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from multiprocessing import util
from typing import Any, NoReturn

from experiments import commands
from experiments.run.launchers import child, local
from tests.experiments import warm

GROUP = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)  # may go to a command's group
FREE = 500  # numbers of files from here on are not in use
COMMANDS = [f"experiments.commands.{each.name}" for each in pkgutil.iter_modules(commands.__path__)]


def serve(door: socket.socket) -> dict[str, Any]:
    """Fork for each request; returns in the process that is to do it."""
    while True:
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        request, fds, *_ = socket.recv_fds(door, warm.SIZE, 4)
        if not request:
            os._exit(0)  # the tests have ended
        if not os.fork():
            door.close()
            return _begin(json.loads(request), fds[:3], socket.socket(fileno=fds[3]))
        for fd in fds:
            os.close(fd)


def _begin(asked: dict[str, Any], fds: Sequence[int], answer: socket.socket) -> dict[str, Any]:
    """Fork once more: one process is the command's, the other tells how that ends."""
    if pid := os.fork():
        _keep(pid, fds, answer)
    os.setsid() if asked["session"] else os.setpgid(0, 0)  # the server's group is not that of its asker
    for i, fd in enumerate(fds):
        os.dup2(fd, i)
        os.close(fd)
    with answer:
        answer.send(str(os.getpid()).encode())
    return asked


def _keep(pid: int, fds: Sequence[int], answer: socket.socket) -> NoReturn:
    for fd in fds:
        os.close(fd)
    status = os.waitpid(pid, 0)[1]
    with suppress(OSError):
        answer.send(str(status).encode())
    os._exit(0)


def spare() -> dict[str, Any] | None:
    """Fork another, which waits until a fork server of trials is wanted; returns in it what it then is."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    if pid := os.fork():
        theirs.close()
        util.spawnv_passfds = functools.partial(_spawn, pid, ours, util.spawnv_passfds)
        return None
    ours.close()
    handlers = {number: signal.signal(number, signal.SIG_IGN) for number in GROUP}
    request, fds, *_ = socket.recv_fds(theirs, warm.SIZE, 16)
    theirs.close()
    if not request:
        os._exit(0)  # the command has ended without
    asked: dict[str, Any] = json.loads(request)
    fds = [fcntl.fcntl(fd, fcntl.F_DUPFD, FREE) for fd in fds]
    for fd, number in zip(fds, asked["fds"], strict=True):
        os.dup2(fd, number)
        os.close(fd)
    for number, handler in handlers.items():
        signal.signal(number, handler)
    signal.pthread_sigmask(signal.SIG_SETMASK, asked["mask"])
    return asked


def _spawn(pid: int, waiting: socket.socket, otherwise: Any, path: str, args: list[str], fds: Sequence[int]) -> int:
    """`multiprocessing.util.spawnv_passfds`, with the spare as its first fork server."""
    if "multiprocessing.forkserver" not in args[-1] or not warm.fits(os.environ):
        return int(otherwise(path, args, fds))
    util.spawnv_passfds = otherwise
    mask = [int(number) for number in signal.pthread_sigmask(signal.SIG_BLOCK, [])]
    asked = {"code": args[-1], "cwd": os.getcwd(), "env": {**os.environ}, "mask": mask, "fds": [*map(int, fds)]}
    with waiting:
        try:
            socket.send_fds(waiting, [json.dumps(asked).encode()], asked["fds"])
        except BrokenPipeError:  # somebody killed it
            return int(otherwise(path, args, fds))
    return pid


def settle(asked: dict[str, Any], path: Sequence[str]) -> None:
    """Take the folder, the environment and the streams, as a process does when it starts."""
    os.chdir(asked["cwd"])
    os.environ.clear()
    os.environ.update(asked["env"])
    sys.path[:] = [*warm.pythonpath(os.environ), *path]
    if "PYTHONSAFEPATH" not in os.environ:
        sys.path.insert(0, asked["cwd"] if "words" in asked else "")
    sys.stdin = sys.__stdin__ = open(0, closefd=False)  # noqa: SIM115
    sys.stdout = sys.__stdout__ = open(1, "w", closefd=False)  # noqa: SIM115
    sys.stderr = sys.__stderr__ = open(2, "w", buffering=1, errors="backslashreplace", closefd=False)  # noqa: SIM115


def run(asked: dict[str, Any]) -> NoReturn:
    """Do it and end; what was imported is not taken apart, as a fork would copy all of it first."""
    code: Any = 0
    try:
        _run(asked)
    except SystemExit as error:
        code = error.code
    except BaseException:
        sys.excepthook(*sys.exc_info())
        code = 1
    if not isinstance(code, int | None):
        print(code, file=sys.stderr)
        code = 1
    child._end_as_python_does()
    os._exit(code or 0)


def _run(asked: dict[str, Any]) -> None:
    if "code" in asked:
        sys.argv = ["-c"]
        main = sys.modules["__main__"] = types.ModuleType("__main__")
        exec(asked["code"], main.__dict__)
    else:
        module, *words = asked["words"]
        sys.argv = ["-m", *words]
        runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    warm.environment()  # before this is another's
    own_path = [folder for folder in sys.path if folder not in ("", str(warm.ROOT))]
    for name in (*local.PRELOAD, *COMMANDS):
        import_module(name)
    gc.collect()
    gc.freeze()  # a collection in a fork would copy it
    request = serve(socket.socket(fileno=int(sys.argv[1])))
    settle(request, own_path)
    if instead := spare():
        request = instead
        settle(request, own_path)
    run(request)
