"""The server of `warm`: it has imported what trials need, and forks for each command, which ends as a process does.

The fork server that an ablation starts for its trials is forked too, and so is the second rank of a training: from
a spare that was made before the command or the trial began, so that it inherits what a process does that is started.
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
import subprocess
import sys
import types
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from multiprocessing import spawn, util
from typing import Any, NoReturn

from lightning.fabric.utilities.rank_zero import _get_rank, rank_zero_only

from experiments import commands
from experiments.run.launchers import child, local
from tests.experiments import warm

GROUP = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)  # may go to a command's group
FREE = 500  # numbers of files from here on are not in use
EXEC = util.spawnv_passfds
MAIN = str(warm.ROOT / "experiments" / "__main__.py")
LEFT: list[tuple[int, socket.socket]] = []  # this process's spare
OWN_PATH: list[str] = []  # of the server, but for PYTHONPATH
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
    """Fork another, which waits until a process that imports the same is wanted; returns in it what it then is."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    if pid := os.fork():
        theirs.close()
        LEFT[:] = [(pid, ours)]
        util.spawnv_passfds, subprocess.Popen = _spawn, Rank  # type: ignore[misc]
        return None
    ours.close()
    handlers = {number: signal.signal(number, signal.SIG_IGN) for number in GROUP}
    request, fds, *_ = socket.recv_fds(theirs, warm.SIZE, 16)
    theirs.close()
    if not request:
        os._exit(0)  # the other has ended without
    asked: dict[str, Any] = json.loads(request)
    fds = [fcntl.fcntl(fd, fcntl.F_DUPFD, FREE) for fd in fds]
    for fd, number in zip(fds, asked["fds"], strict=True):
        os.dup2(fd, number)
        os.close(fd)
    for number, handler in handlers.items():
        signal.signal(number, handler)
    signal.pthread_sigmask(signal.SIG_SETMASK, asked["mask"])
    return asked


def _turn(asked: dict[str, Any], env: Mapping[str, str]) -> int | None:
    """Let the spare be what is asked; its number, or None where it is gone or would not be the same."""
    if not LEFT or not warm.fits(env):
        return None
    pid, door = LEFT.pop()
    mask = [int(number) for number in signal.pthread_sigmask(signal.SIG_BLOCK, [])]
    request = json.dumps({"cwd": os.getcwd(), "env": {**env}, "mask": mask, **asked})
    with door, suppress(BrokenPipeError):  # somebody killed it
        socket.send_fds(door, [request.encode()], asked["fds"])
        return pid
    return None


def _spawn(path: str, args: list[str], fds: Sequence[int]) -> int:
    """`multiprocessing.util.spawnv_passfds`, but for a fork server."""
    asked = {"code": args[-1], "fds": [*map(int, fds)]}
    pid = _turn(asked, os.environ) if "multiprocessing.forkserver" in args[-1] else None
    return EXEC(path, args, fds) if pid is None else pid


class Rank(warm.Exec):  # type: ignore[misc]
    """A process as `subprocess` starts it, but for the second rank of a training, as Lightning starts it."""

    def _execute_child(self, args, executable, preexec_fn, close_fds, pass_fds, cwd, env, *others) -> None:
        ranks = [[sys.executable, MAIN], [sys.executable, "-m", "experiments.__main__"]]
        ours = next((words for words in ranks if isinstance(args, list) and args[: len(words)] == words), None)
        asked = {"words": [ours[-1], *args[len(ours) :]], "fds": [0, 1, 2]} if ours else {}
        pid = _turn(asked, env) if ours and env and not cwd and set(others[3:9]) == {-1} else None
        if pid is None:
            super()._execute_child(args, executable, preexec_fn, close_fds, pass_fds, cwd, env, *others)
        else:
            self.pid, self._child_created = pid, True
            self._close_pipe_fds(*others[3:9])


def settle(asked: dict[str, Any]) -> None:
    """Take the folder, the environment and the streams, as a process does when it starts."""
    os.chdir(asked["cwd"])
    os.environ.clear()
    os.environ.update(asked["env"])
    sys.path[:] = [*warm.pythonpath(os.environ), *OWN_PATH]
    if "PYTHONSAFEPATH" not in os.environ:
        script = asked.get("words", ("-c",))[0]
        sys.path.insert(0, {"-c": "", MAIN: os.path.dirname(MAIN)}.get(script, asked["cwd"]))
    rank_zero_only.rank = _get_rank() or 0  # Lightning reads it when it is imported
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
        serve_one, spawn._main = spawn._main, lambda *fds: _with_spare(lambda: serve_one(*fds))
        exec(asked["code"], main.__dict__)
    else:
        module, *words = asked["words"]
        sys.argv = [module, *words]
        runs = runpy.run_path if module == MAIN else functools.partial(runpy.run_module, alter_sys=True)
        runs(module, run_name="__main__")


def _with_spare(call: Callable[[], Any]) -> Any:
    """Make a call beside a spare."""
    if instead := spare():
        settle(instead)
        run(instead)
    return call()


if __name__ == "__main__":
    warm.environment()  # before this is another's
    OWN_PATH[:] = [folder for folder in sys.path if folder not in ("", str(warm.ROOT))]
    for name in (*local.PRELOAD, *COMMANDS, warm.LEARNT):
        import_module(name)
    gc.collect()
    gc.freeze()  # a collection in a fork would copy it
    request = serve(socket.socket(fileno=int(sys.argv[1])))
    settle(request)
    _with_spare(lambda: run(request))
