"""What `status` has seen of trials that ended: while their files are the same, they need not be read again.

Ten thousand results take seconds to read and a tenth of one to look at. Nothing hangs on this file: without it, or
where the files, config or code of a trial are others, the trial is read.
"""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from experiments.errors import DiskError
from experiments.files import Stamp, read_json, stamp, write_whole
from experiments.folder import METRICS, RESULT, SEEN, TRIAL, State
from experiments.plan.arms import Trial
from experiments.plan.planned import Plan
from experiments.run.outcome import has_curve, has_origin

WORTH = 500  # trials; fewer are read as fast
FILES = (RESULT, METRICS, TRIAL)


def seen(plan: Plan) -> dict[Path, State]:
    """Trial folder → how the trial ended, of those whose files are as they were when all of them were found sound."""
    if len(plan.trials) < WORTH:
        return {}
    known = read_json(plan.folder / SEEN) or {}
    return {
        trial.folder: State(entry[0])
        for trial in plan.trials
        if (entry := known.get(trial.folder.name)) and entry[1:] == [trial.origin.code.digest, *_stamps(trial)]
    }


def remember(plan: Plan, states: Sequence[State], before: Mapping[Path, State]) -> None:
    """Keep for the next time what was found of the trials that ended; a folder that takes no file is left as it is."""
    ended = [(trial, state) for trial, state in zip(plan.trials, states, strict=True) if state.ended]
    if len(plan.trials) < WORTH or len(ended) == len(before):
        return
    sound = [(trial, state) for trial, state in ended if trial.folder in before or _is_sound(trial)]
    entries = {t.folder.name: [state, t.origin.code.digest, *_stamps(t)] for t, state in sound}
    with suppress(DiskError), write_whole(plan.folder / SEEN) as file:
        json.dump(entries, file)


def _is_sound(trial: Trial) -> bool:
    return has_curve(trial.folder) and has_origin(trial.folder)


def _stamps(trial: Trial) -> list[Stamp | None]:
    folder = str(trial.folder)
    return [stamp(f"{folder}/{name}") for name in FILES]
