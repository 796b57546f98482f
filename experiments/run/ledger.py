"""The ledger of an ablation: every launch and end of a trial, in the order in which they happened."""

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from experiments.plan.arms import Trial

LAUNCHED = "launched"
FORM = {"arm": str, "seed": int, "event": str}
STOP_FORM = {"stopped": str}


def events(ledger: Path) -> list[dict[str, Any]]:
    """Every launch and end of a trial, oldest first; a line that cannot be read is passed over."""
    return [event for event in map(_event, _lines(ledger)) if event and _has(event, FORM)]


def stops(ledger: Path) -> list[str]:
    """Why runs were stopped before their end, such as `max-hours 2`, oldest first."""
    return [event["stopped"] for event in map(_event, _lines(ledger)) if event and _has(event, STOP_FORM)]


def unreadable(ledger: Path) -> int:
    """Lines that are passed over, such as half of one that a kill left behind; 1 if the whole file cannot be read."""
    unopened = ledger.exists() and not ledger.is_file()
    return unopened + sum(_event(line) is None for line in _lines(ledger))


def note(ledger: Path, trial: Trial, event: str) -> None:
    """Add a line to the ledger: a line of its own, also behind half of one."""
    _add(ledger, {"arm": trial.arm, "seed": trial.seed, "event": event})


def note_stop(ledger: Path, reason: str) -> None:
    """Add to the ledger that a run was stopped before its end, and why."""
    _add(ledger, {"stopped": reason})


def _add(ledger: Path, entry: dict[str, Any]) -> None:
    entry = {"time": round(time.time(), 3), **entry}
    with ledger.open("ab+") as file:
        if file.tell():
            file.seek(-1, os.SEEK_END)
        torn = file.read(1) not in (b"", b"\n")
        file.write(b"\n" * torn + json.dumps(entry).encode() + b"\n")


def _lines(ledger: Path) -> list[str]:
    try:
        return [line for line in ledger.read_text(encoding="utf-8", errors="replace").split("\n") if line.strip()]
    except OSError:
        return []


def _event(line: str) -> dict[str, Any] | None:
    try:
        event = json.loads(line)
    except (ValueError, RecursionError):
        return None
    sound = isinstance(event, dict) and any(_has(event, form) for form in (FORM, STOP_FORM))
    return event if sound else None


def _has(event: Mapping[str, Any], form: Mapping[str, type]) -> bool:
    return all(isinstance(event.get(key), kind) for key, kind in form.items())
