"""Taking a trial's folder: new, resumed, finished or another's."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from experiments import code, lease
from experiments.errors import UserError
from experiments.files import beside, read_json, write_whole
from experiments.folder import CHECKPOINT, HELD, LEASE, RESULT, TRIAL, State
from experiments.plan import origin, own
from experiments.plan.arms import Trial
from experiments.run import ledger
from experiments.run.outcome import has_curve, read_result


def attempt(trial: Trial) -> int:
    """Train a taken trial from where its folder says it stands; see `train.main` for what is returned."""
    from experiments.trial import train

    return train.guarded(lambda: _attempt(trial))


def attempt_as_rank(trial: Trial) -> int:
    """Train a trial as another rank of the training that `attempt` is the first of; it holds the folder for all."""
    from experiments.trial import train

    return train.guarded(lambda: _follow(trial))


def _attempt(trial: Trial) -> None:
    from experiments.trial import train
    from experiments.trial.callbacks import checkpoint

    own.search(own.named(trial.argv[1:]))  # for the code of the user's own classes, wherever this runs
    now = origin.of_words(trial.argv[1:])
    if now.record != trial.origin.record:
        what = code.in_short(now.code.changed(trial.origin.record)) or "a config"
        raise UserError(f"{what} changed since this ablation was started; start it again")
    with lease.held(trial.folder):
        if is_done(trial):
            raise lease.Taken(f"{trial.folder} was finished by another process meanwhile")
        if why := _others(trial):
            raise UserError(f"{trial.folder} was trained {why} meanwhile; start this ablation again")
        checkpoint.remove_parts(trial.folder / CHECKPOINT)
        checkpoint.keep_own(trial.folder / CHECKPOINT, trial.origin)
        train.TrainCLI(_words(trial, (trial.folder / CHECKPOINT).exists()))


def _follow(trial: Trial) -> None:
    from experiments.trial import train
    from experiments.trial.callbacks import checkpoint

    if not is_done(trial):  # the first rank moves aside what is not the trial's own, before this one looks or after
        train.TrainCLI(_words(trial, checkpoint.is_own(trial.folder / CHECKPOINT, trial.origin)))


def _words(trial: Trial, resumes: bool) -> list[str]:
    return [*trial.argv, *[f"--ckpt_path={trial.folder / CHECKPOINT}"] * resumes]


def take(trial: Trial, search: bool | None = None) -> str:
    """Take the folder of a trial that is not finished: what it holds of another is moved beside it, not lost.

    Args:
        trial: The trial.
        search: Whether DDP has to look for weights without gradient in each step; None where that was not measured.

    Returns:
        What was moved, why and whereto; nothing if all is the trial's own, or another process is training it.
    """
    try:
        with lease.held(trial.folder):
            return "" if is_done(trial) else _take(trial, search)  # another ablation may have finished it meanwhile
    except lease.Taken:
        return ""


def _take(trial: Trial, search: bool | None) -> str:
    said = ""
    if why := _others(trial):
        said = f"{trial.folder} held what was made {why}: it is now {(aside := beside(trial.folder, 'stale'))}"
        shutil.rmtree(aside / LEASE, ignore_errors=True)  # nobody trains there
    elif (trial.folder / RESULT).exists():
        why = _strange(trial, (read_json(trial.folder / RESULT) or {}).get("made_from")) or "but cannot be read"
        said = f"{trial.folder / RESULT} was made {why}: it is now {beside(trial.folder / RESULT, 'stale')}"
    with write_whole(trial.folder / TRIAL) as file:
        whose = {"ablation": trial.home.name, "arm": trial.arm, "seed": trial.seed, "argv": trial.argv}
        made = {"fingerprint": trial.origin.fingerprint, "made_from": trial.origin.record}
        json.dump({**whose, **made, "find_unused_parameters": search}, file, indent=1)
    return said


def _others(trial: Trial) -> str:
    """How what the folder holds of another training was made; nothing if it holds none."""
    holds = any((trial.folder / name).exists() for name in HELD)
    return _strange(trial, (read_json(trial.folder / TRIAL) or {}).get("made_from")) if holds else ""


def _strange(trial: Trial, made_from: Any) -> str:
    """What the trial is not made from; nothing if it is what the trial is made from."""
    if not _is_same_but_code(trial, made_from):
        return "from something else"
    changed = trial.origin.code.changed(made_from)
    return f"by other code ({code.in_short(changed)} changed)" if changed else ""


def _is_same_but_code(trial: Trial, made_from: Any) -> bool:
    return isinstance(made_from, dict) and {**made_from, "code": None} == {"config": trial.origin.config, "code": None}


def is_done(trial: Trial) -> bool:
    """Whether a trial has a result that was made from what it is, by the code that is here now."""
    content = result(trial)
    return content is not None and not trial.origin.code.changed(content["made_from"])


def result(trial: Trial) -> dict[str, Any] | None:
    """The result of a trial, by whatever code; None if there is none of its configs, seed and threads."""
    content = read_result(trial.folder)
    if content is None or not _is_same_but_code(trial, content["made_from"]):
        return None
    # Without its epochs a trial is half known: steps to a target are counted in them.
    whole = content["status"] == State.DIVERGED or has_curve(trial.folder)
    return content if whole else None


def states(trials: tuple[Trial, ...], events: Path, known: Mapping[str, State] | None = None) -> list[State]:
    """The state of each trial.

    Args:
        trials: Of an ablation.
        events: Its ledger.
        known: Address → state, of trials that need not be read.
    """
    known = known or {}
    last = {(event["arm"], event["seed"]): event["event"] for event in ledger.events(events)}
    return [_state(t, known.get(t.origin.address) or _finished(t), last.get((t.arm, t.seed))) for t in trials]


def _state(trial: Trial, finished: State | None, last_event: str | None) -> State:
    if finished and finished.ended:
        return finished
    if lease.owner(trial.folder):
        return State.RUNNING
    return finished or (State.FAILED if last_event == State.FAILED else State.OPEN)


def _finished(trial: Trial) -> State | None:
    """How a trial ended; stale if other code made it, None if it has no result."""
    content = result(trial)
    if content is None:
        return None
    return State.STALE if trial.origin.code.changed(content["made_from"]) else State(content["status"])
