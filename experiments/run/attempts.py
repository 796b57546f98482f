"""Taking a trial's folder: new, resumed, finished or stale."""

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from experiments.errors import UserError
from experiments.files import write_whole
from experiments.folder import CHECKPOINT, LOCK, RESULT, TRIAL, State
from experiments.plan.arms import Trial
from experiments.run import ledger


def attempt(trial: Trial) -> int:
    """Train a taken trial from where its folder says it stands; see `train.main` for what is returned."""
    from experiments.trial import train

    with locked(trial.folder):
        checkpoint = trial.folder / CHECKPOINT
        resume = [f"--ckpt_path={checkpoint}"] if checkpoint.exists() else []
        return train.main([*trial.argv, *resume])


def take(trial: Trial) -> None:
    """Take the folder; what another plan left in it is moved beside it, not lost."""
    found = _fingerprint(trial.folder)
    if found not in (None, trial.fingerprint):
        aside = trial.folder.with_name(f"{trial.folder.name}.stale-{found[:8]}")
        trial.folder.rename(aside)
        trial.folder.mkdir()
    with write_whole(trial.folder / TRIAL) as file:
        content = {"fingerprint": trial.fingerprint, "arm": trial.arm, "seed": trial.seed, "argv": trial.argv}
        json.dump(content, file, indent=1)


def result(trial: Trial) -> dict[str, Any] | None:
    """The result of a trial, or None if it is not finished: done is a result under the trial's fingerprint."""
    if _fingerprint(trial.folder) != trial.fingerprint or not (trial.folder / RESULT).exists():
        return None
    return dict(json.loads((trial.folder / RESULT).read_text(encoding="utf-8")))


def states(trials: tuple[Trial, ...], events: Path) -> list[State]:
    """The state of each trial.

    Args:
        trials: Of an ablation.
        events: Its ledger.
    """
    last = {(event["arm"], event["seed"]): event["event"] for event in ledger.events(events)}
    return [_state(trial, last.get((trial.arm, trial.seed))) for trial in trials]


def _state(trial: Trial, last_event: str | None) -> State:
    finished = result(trial)
    if finished:
        return State(finished["status"])
    if _is_locked(trial.folder):
        return State.RUNNING
    return State.FAILED if last_event == State.FAILED else State.OPEN


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a folder for this process alone; the lock goes with the process, however it ends.

    Raises:
        UserError: If another process holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UserError(f"{folder} is in use by another process; wait for it or stop it") from error
        yield


def _is_locked(folder: Path) -> bool:
    if not (folder / LOCK).exists():
        return False
    try:
        with locked(folder):
            return False
    except UserError:
        return True


def _fingerprint(folder: Path) -> str | None:
    path = folder / TRIAL
    return str(json.loads(path.read_text(encoding="utf-8"))["fingerprint"]) if path.exists() else None
