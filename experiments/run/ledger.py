"""The ledger of an ablation: every launch and end of a trial, in the order in which they happened.

Several processes may keep it at once. Each line says which of them wrote it.
"""

import json
import os
import time
from pathlib import Path
from typing import Any, NamedTuple

from experiments import lease, process
from experiments.files import read_once
from experiments.plan.arms import Trial

LAUNCHED = "launched"
TAKEN = "taken"  # another process had it already when it was launched


class _Told(NamedTuple):
    """What a ledger says, and how many of its lines say nothing."""

    events: list[dict[str, Any]]
    stops: list[str]
    unreadable: int


def events(ledger: Path) -> list[dict[str, Any]]:
    """Every launch and end of a trial, oldest first; a line that cannot be read is passed over."""
    return _told(ledger).events


def stops(ledger: Path) -> list[str]:
    """Why runs were stopped before their end, such as `max-hours 2`, oldest first."""
    return _told(ledger).stops


def unreadable(ledger: Path) -> int:
    """Lines that are passed over, such as half of one that a kill left behind; 1 if the whole file cannot be read."""
    unopened = ledger.exists() and not ledger.is_file()
    return unopened + _told(ledger).unreadable


def note(ledger: Path, trial: Trial, event: str) -> None:
    """Add a line to the ledger: a line of its own, also behind half of one."""
    with lease.waited_for(ledger.parent):
        _add(ledger, {"arm": trial.arm, "seed": trial.seed, "event": event})


def note_new(ledger: Path, trial: Trial, event: str) -> None:
    """Add a line as by `note`, unless this event is the trial's last already: another process has noted it."""
    with lease.waited_for(ledger.parent):
        told = [each["event"] for each in events(ledger) if (each["arm"], each["seed"]) == (trial.arm, trial.seed)]
        if told[-1:] != [event]:
            _add(ledger, {"arm": trial.arm, "seed": trial.seed, "event": event})


def note_stop(ledger: Path, reason: str) -> None:
    """Add to the ledger that a run was stopped before its end, and why."""
    with lease.waited_for(ledger.parent):
        _add(ledger, {"stopped": reason})


def _add(ledger: Path, entry: dict[str, Any]) -> None:
    by = process.this()
    entry = {"time": round(time.time(), 3), **entry, "by": f"{by.host} {by.pid}"}
    with ledger.open("ab+") as file:
        if file.tell():
            file.seek(-1, os.SEEK_END)
        torn = file.read(1) not in (b"", b"\n")
        file.write(b"\n" * torn + json.dumps(entry).encode() + b"\n")


def _told(ledger: Path) -> _Told:
    return read_once(str(ledger), _read) or _Told([], [], 0)


def _read(path: Path) -> _Told:
    entries = _entries(path)
    events = [entry for entry in entries if _is_event(entry)]
    stops = [entry["stopped"] for entry in entries if _is_stop(entry)]
    return _Told(events, stops, len(entries) - len(events) - len(stops))


def _entries(path: Path) -> list[Any]:
    """What its lines hold, None for one that is no JSON."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    lines = [line for line in text.split("\n") if line.strip()]
    try:
        entries = json.loads(f"[{','.join(lines)}]")  # at once, which is a third of the time
    except (ValueError, RecursionError):
        entries = []
    return entries if len(entries) == len(lines) else [_entry(line) for line in lines]


def _entry(line: str) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _is_event(entry: Any) -> bool:
    if not isinstance(entry, dict):
        return False
    arm, seed, event = entry.get("arm"), entry.get("seed"), entry.get("event")
    return isinstance(arm, str) and isinstance(seed, int) and isinstance(event, str)


def _is_stop(entry: Any) -> bool:
    return isinstance(entry, dict) and isinstance(entry.get("stopped"), str) and not _is_event(entry)
