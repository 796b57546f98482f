"""What `status` has seen of trials with a result, and of sources: while these are the same, it reads them no more.

Ten thousand results take seconds to read and a tenth of one to look at. Nothing hangs on this file: without it, or
where the files, config or code of a trial are others, the trial is read.
"""

import functools
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

from experiments import source
from experiments.errors import DiskError
from experiments.files import read_json, stamp, write_whole
from experiments.folder import METRICS, RESULT, SEEN, TRIAL, State
from experiments.plan.arms import Trial
from experiments.plan.planned import Plan
from experiments.results.stale import changed
from experiments.run.outcome import has_curve, has_origin

WORTH = 500  # trials; fewer are read as fast
FILES = (RESULT, METRICS, TRIAL)
FOUND = [state for state in State if state.ended or state == State.STALE]


class Seen(NamedTuple):
    """What was found of a trial with a result.

    Args:
        state: done, diverged or stale.
        changed: The modules that were others when it was made.
    """

    state: State
    changed: tuple[str, ...] = ()


def seen_before(plan: Plan) -> dict[str, Seen]:
    """Address → what was found of a trial, of those whose files are as they were when all of them were found sound."""
    if len(plan.trials) < WORTH:
        return {}
    said = read_json(plan.folder / SEEN) or {}
    source.know(said.get("code"))
    trials = said.get("trials")
    if not isinstance(trials, dict) or not trials:
        return {}
    found = ((trial, trials.get(_line(trial))) for trial in plan.trials)
    return {trial.origin.address: seen for trial, text in found if isinstance(text, str) and (seen := _read(text))}


def remember(plan: Plan, states: Sequence[State], before: Mapping[str, Seen]) -> None:
    """Keep for the next time what was found of trials with a result; a folder that takes no file is left as it is."""
    found = [(trial, state) for trial, state in zip(plan.trials, states, strict=True) if state in FOUND]
    if len(plan.trials) < WORTH or (len(found) == len(before) and not source.has_news()):
        return
    both = ((trial, before.get(trial.origin.address) or _look(trial, state)) for trial, state in found)
    trials = {_line(trial): " ".join([seen.state, *seen.changed]) for trial, seen in both if seen}
    with suppress(DiskError), write_whole(plan.folder / SEEN) as file:
        json.dump({"code": source.told(), "trials": trials}, file)


def _look(trial: Trial, state: State) -> Seen | None:
    """What there is to remember of a trial; None if not all of its files are sound."""
    return Seen(state, tuple(changed(trial))) if has_curve(trial.folder) and has_origin(trial.folder) else None


@functools.cache  # most say the same
def _read(text: str) -> Seen | None:
    """What `remember` wrote of a trial; None of another text."""
    state, _, modules = text.partition(" ")
    return Seen(State(state), tuple(modules.split())) if state in FOUND else None


def _line(trial: Trial) -> str:
    """What tells a trial from what it was before: its address, its code and its files."""
    origin, place = trial.origin, trial.place
    return f"{origin.address} {origin.code.digest} {[stamp(f'{place}/{name}') for name in FILES]}"
