"""Anybody's runs as arm → {seed → metric}."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from experiments.declare.configs import nearest
from experiments.errors import UserError
from experiments.folder import State
from experiments.results.naming import Naming, seed_number
from experiments.results.readers.recognise import read_runs
from experiments.results.readers.run import Run
from experiments.results.wide import unfold

Scores = dict[str, dict[int, float]]
PICKS: Mapping[str, Callable[[Sequence[float]], float]] = {"last": lambda values: values[-1], "max": max, "min": min}


@dataclass
class Read:
    """What was read.

    Args:
        scores: arm → {seed → metric}, arms in the order they appear; NaN is a run that diverged.
        left_out: Why → the runs that do not count for that.
        lengths: How many values each run logged that counts.
    """

    scores: Scores = field(default_factory=dict)
    left_out: dict[str, list[str]] = field(default_factory=dict)
    lengths: dict[str, int] = field(default_factory=dict)


def read_scores(
    paths: Sequence[Path], metric: str, naming: Naming | None = None, pick: str = "last", tool: str | None = None
) -> Read:
    """Read the runs that lie in files and folders.

    Args:
        paths: Files and folders.
        metric: What to judge by.
        naming: Where arm and seed are written.
        pick: Which of the values that a run logged counts, one of `PICKS`; one that ends with NaN diverged anyway.
        tool: What wrote them, see `recognise.read_runs`.

    Raises:
        UserError: for what cannot be read, naming the file, line or folder.
    """
    naming, read = naming or Naming(), Read()
    runs = unfold(read_runs(paths, tool), metric, naming)
    given = ", ".join(map(str, paths))
    if not runs:
        raise UserError(f"{given} holds no runs")
    places: dict[tuple[str, int], str] = {}
    for run in runs:
        if named := naming.place(run):
            _take(run, _new(run, *named, places), metric, pick, read)
        else:
            read.left_out.setdefault(f"not named by {naming.pattern!r}", []).append("".join(run.names[:1]))
    if not read.scores:
        _refuse(given, runs, metric, read)
    return read


def _new(run: Run, arm: str, seed: str, places: dict[tuple[str, int], str]) -> tuple[str, int]:
    number = seed_number(seed)
    if not arm:
        raise UserError(f"{run.where}: the arm has no name")
    if number is None:
        raise UserError(f"{run.where}: the seed must be an integer, got {seed!r}")
    if (arm, number) in places:
        raise UserError(f"{run.where}: seed {number} of {arm!r} was given before, in {places[arm, number]}")
    places[arm, number] = run.where
    return arm, number


def _take(run: Run, key: tuple[str, int], metric: str, pick: str, read: Read) -> None:
    arm, seed = key
    if reason := _unfit(run, metric):
        read.left_out.setdefault(reason, []).append(f"{arm} seed {seed}")
        return
    values = [math.nan] if run.state == State.DIVERGED else list(_numbers(run, metric))
    if run.state == State.DONE:
        read.lengths[f"{arm} seed {seed}"] = len(values)
    read.scores.setdefault(arm, {})[seed] = _picked(values, pick)


def _unfit(run: Run, metric: str) -> str:
    """Why a run does not count; empty if it does."""
    if run.state not in (State.DONE, State.DIVERGED):
        return f"status {run.state}"
    return "" if run.state == State.DIVERGED or run.logged.get(metric) else f"logged no {metric}"


def _picked(values: Sequence[float], pick: str) -> float:
    """The value that counts; a run that ends with NaN diverged, whatever it logged before."""
    return PICKS[pick]([value for value in values if math.isfinite(value)]) if math.isfinite(values[-1]) else math.nan


def _numbers(run: Run, metric: str) -> Iterable[float]:
    for value in run.logged[metric]:
        try:
            yield float(value)
        except ValueError:
            missing = "" if value else "; of a run that was not trained leave out the line"
            wanted = f"{metric} must be a number, or nan if it diverged, got {value!r}"
            raise UserError(f"{run.where}: {wanted}{missing}") from None


def _refuse(given: str, runs: Sequence[Run], metric: str, read: Read) -> None:
    logged = {name: None for run in runs for name in run.logged}
    if metric not in logged:
        raise UserError(f"{given} has no metric {metric!r}{nearest(metric, logged)}")
    reasons = "; ".join(f"{len(names)} {reason}" for reason, names in read.left_out.items())
    raise UserError(f"{given} holds no runs that count: {reasons}")
