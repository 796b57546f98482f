"""One trial in its folder: new, resumed, finished or stale."""

import fcntl
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from experiments.errors import UserError
from experiments.files import write_whole
from experiments.plan import Trial

LEDGER = "ledger.jsonl"


def run(trial: Trial) -> int:
    """Train a claimed trial from where its folder says it stands; see `train.main` for what is returned."""
    from experiments import train

    with locked(trial.folder):
        checkpoint = trial.folder / "checkpoints" / "last.ckpt"
        resume = [f"--ckpt_path={checkpoint}"] if checkpoint.exists() else []
        return train.main([*trial.argv, *resume])


def claim(trial: Trial) -> None:
    """Claim the folder; what another plan left in it is moved beside it, not lost."""
    found = _fingerprint(trial.folder)
    if found not in (None, trial.fingerprint):
        aside = trial.folder.with_name(f"{trial.folder.name}.stale-{found[:8]}")
        trial.folder.rename(aside)
        trial.folder.mkdir()
    with write_whole(trial.folder / "trial.json") as file:
        content = {"fingerprint": trial.fingerprint, "arm": trial.arm, "seed": trial.seed, "argv": trial.argv}
        json.dump(content, file, indent=1)


def result(trial: Trial) -> dict[str, Any] | None:
    """The result of a trial, or None if it is not finished: done is a result under the trial's fingerprint."""
    if _fingerprint(trial.folder) != trial.fingerprint or not (trial.folder / "result.json").exists():
        return None
    return dict(json.loads((trial.folder / "result.json").read_text(encoding="utf-8")))


def states(trials: tuple[Trial, ...], ledger: Path) -> list[str]:
    """done, diverged, running, failed (crashed the last time), or open, for each trial."""
    last = {(event["arm"], event["seed"]): event["event"] for event in events(ledger)}
    return [_state(trial, last.get((trial.arm, trial.seed))) for trial in trials]


def _state(trial: Trial, last_event: str | None) -> str:
    finished = result(trial)
    if finished:
        return str(finished["status"])
    if _is_locked(trial.folder):
        return "running"
    return "failed" if last_event == "failed" else "open"


def events(ledger: Path) -> list[dict[str, Any]]:
    """Every launch and end of a trial, oldest first; half a line that a kill left behind is passed over."""
    if not ledger.exists():
        return []
    lines = ledger.read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.endswith("}")]


def note(ledger: Path, trial: Trial, event: str) -> None:
    """Add a line to the ledger."""
    entry = {"time": round(time.time(), 3), "arm": trial.arm, "seed": trial.seed, "event": event}
    with ledger.open("a", encoding="utf-8") as file:
        file.write(json.dumps(entry) + "\n")


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a folder for this process alone; the lock goes with the process, however it ends.

    Raises:
        UserError: If another process holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UserError(f"{folder} is in use by another process; wait for it or stop it") from error
        yield


def _is_locked(folder: Path) -> bool:
    if not (folder / ".lock").exists():
        return False
    try:
        with locked(folder):
            return False
    except UserError:
        return True


def _fingerprint(folder: Path) -> str | None:
    path = folder / "trial.json"
    return str(json.loads(path.read_text(encoding="utf-8"))["fingerprint"]) if path.exists() else None
