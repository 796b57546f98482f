"""A folder on a small disk of its own, and what may befall an ablation that is run there."""

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from experiments.folder import LEDGER
from experiments.run import ledger
from tests.experiments import warm

ROOT = Path(__file__).parents[3]
SIZE = 160  # MiB
PARTS = "runs/trials/*/checkpoints/.last.ckpt.*"
IS_ROOT = os.geteuid() == 0
CAN_REFUSE = not IS_ROOT or shutil.which("setpriv") is not None  # what is read-only to this user
TRAINING = 0.75  # of all things happen after another trial was started
OFTEN = 5  # a trial is killed so many times as often as anything else


@contextmanager
def disk() -> Iterator[tuple[Path, bool]]:
    """A folder, and whether it is a disk of its own that can be filled."""
    with tempfile.TemporaryDirectory() as name:
        mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}m", "tmpfs", name]
        own = IS_ROOT and subprocess.run(mount, capture_output=True, check=False).returncode == 0
        try:
            yield Path(name), own
        finally:
            if own:
                subprocess.run(["umount", "--lazy", name], check=True)


class Harassed:
    """An ablation whose runners are kept at work while things happen to them.

    Args:
        folder: With its mine.yaml.
        own: Whether the folder is a disk of its own.
        temporary: Folder for temporary files.
        runners: How many there are at a time.
        dice: Choose what happens, and when.
    """

    def __init__(self, folder: Path, own: bool, temporary: Path, runners: int, dice: random.Random) -> None:
        self.folder, self.temporary, self.dice, self.happened = folder, temporary, dice, Counter[str]()
        self.runners = [self.start() for _ in range(runners)]
        self.kinds = ["trial"] * OFTEN + ["checkpoint", "server", "runner"] + ["full"] * own
        self.kinds += ["read-only"] * CAN_REFUSE

    def start(self) -> "subprocess.Popen[bytes]":
        words = [sys.executable, "-m", "experiments", "ablate", "mine.yaml", "--jobs", "1", "--retry", "failed"]
        command = [*warm.AS_OTHERS, *words] if IS_ROOT and CAN_REFUSE else words
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
        environment |= {"TMPDIR": str(self.temporary), "HOME": str(self.temporary)}
        with (self.folder.parent / "said.txt").open("ab") as out:
            return subprocess.Popen(command, cwd=self.folder, env=environment, stdout=out, stderr=out)

    def befall(self, moments: int) -> None:
        """Let so many things happen, each kind of them, unless all is trained before."""
        kinds = (self.kinds * moments)[:moments]
        self.dice.shuffle(kinds)
        for kind in kinds:
            launched = self._launches() + (self.dice.random() < TRAINING)
            while self._launches() < launched and self._go_on():
                time.sleep(0.05)
            time.sleep(self.dice.uniform(0, 1))
            befalls = getattr(self, f"_{kind.replace('-', '_')}")
            while self._go_on() and not befalls():
                time.sleep(0.05)
            if not self._go_on():
                return
            self.happened[kind] += 1

    def _go_on(self) -> bool:
        """Start runners again that were stopped; no if one has ended well."""
        if any(each.poll() == 0 for each in self.runners):
            return False
        self.runners = [each if each.poll() is None else self.start() for each in self.runners]
        return True

    def _launches(self) -> int:
        return sum(each["event"] == "launched" for each in ledger.events(self.folder / "runs/mine" / LEDGER))

    def end(self) -> None:
        """Let them come to their end."""
        for runner in self.runners:
            runner.wait()

    def close(self) -> None:
        """Leave nothing of them behind, whatever came of it."""
        for runner in self.runners:
            runner.kill()
            runner.wait()

    def _trial(self) -> bool:
        trials = [pid for runner in self.runners for server in _servers(runner.pid) for pid in _children(server)]
        return bool(trials) and _kill(self.dice.choice(trials))

    def _server(self) -> bool:
        servers = [server for runner in self.runners for server in _servers(runner.pid) if _children(server)]
        return bool(servers) and _kill(self.dice.choice(servers))

    def _runner(self) -> bool:
        runner = self.dice.choice(self.runners)
        runner.kill()
        runner.wait()
        return True

    def _checkpoint(self) -> bool:
        """Kill a trial that writes one: its half is left."""
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            for part in self.folder.glob(PARTS):
                if _kill(int(part.name.rpartition(".")[2])):
                    return part.exists()
        return False

    def _full(self) -> bool:
        filler = self.folder / "filler"
        try:
            with filler.open("wb") as file, suppress(OSError):
                while True:
                    file.write(bytes(2**20))
            time.sleep(self.dice.uniform(0.5, 2))
        finally:
            filler.unlink()
        return True

    def _read_only(self) -> bool:
        folders = [Path(name) for name, _, _ in os.walk(self.folder / "runs")]
        for mode in (0o555, 0o755):
            for folder in folders:
                with suppress(FileNotFoundError):
                    folder.chmod(mode)
            time.sleep(self.dice.uniform(0.5, 2))
        return bool(folders)


def _servers(runner: int) -> list[int]:
    """Its fork server; one that was forked before it is needed has no trials yet."""
    return [pid for pid in _children(runner) if b"resource_tracker" not in _read(pid, "cmdline")]


def _children(parent: int) -> list[int]:
    pids = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdecimal()]
    return [pid for pid in pids if _read(pid, "stat").rpartition(b")")[2].split()[1:2] == [str(parent).encode()]]


def _read(pid: int, what: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{what}").read_bytes()
    except OSError:
        return b""


def _kill(pid: int) -> bool:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True
