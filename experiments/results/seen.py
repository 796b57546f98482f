"""What `status` has seen of trials that ended, and of sources: while these are the same, it need not read them again.

Ten thousand results take seconds to read and a tenth of one to look at. Nothing hangs on this file: without it, or
where the files, config or code of a trial are others, the trial is read.
"""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress

from experiments import source
from experiments.errors import DiskError
from experiments.files import read_json, stamp, write_whole
from experiments.folder import METRICS, RESULT, SEEN, TRIAL, State
from experiments.plan.arms import Trial
from experiments.plan.planned import Plan
from experiments.run.outcome import has_curve, has_origin

WORTH = 500  # trials; fewer are read as fast
FILES = (RESULT, METRICS, TRIAL)
ENDED = [state for state in State if state.ended]


def seen_before(plan: Plan) -> dict[str, State]:
    """Address → how the trial ended, of those whose files are as they were when all of them were found sound."""
    if len(plan.trials) < WORTH:
        return {}
    said = read_json(plan.folder / SEEN) or {}
    source.know(said.get("code"))
    trials = said.get("trials")
    known = {line: state for line, state in trials.items() if state in ENDED} if isinstance(trials, dict) else {}
    found = ((trial, known.get(_line(trial))) for trial in plan.trials) if known else ()
    return {trial.origin.address: State(state) for trial, state in found if state}


def remember(plan: Plan, states: Sequence[State], before: Mapping[str, State]) -> None:
    """Keep for the next time what was found of the trials that ended; a folder that takes no file is left as it is."""
    ended = [(trial, state) for trial, state in zip(plan.trials, states, strict=True) if state.ended]
    if len(plan.trials) < WORTH or (len(ended) == len(before) and not source.has_news()):
        return
    sound = {_line(t): state for t, state in ended if t.origin.address in before or _is_sound(t)}
    with suppress(DiskError), write_whole(plan.folder / SEEN) as file:
        json.dump({"code": source.told(), "trials": sound}, file)


def _is_sound(trial: Trial) -> bool:
    return has_curve(trial.folder) and has_origin(trial.folder)


def _line(trial: Trial) -> str:
    """What tells a trial from what it was before: its address, its code and its files."""
    origin, place = trial.origin, trial.place
    return f"{origin.address} {origin.code.digest} {[stamp(f'{place}/{name}') for name in FILES]}"
