"""The ledger of an ablation: every launch and end of a trial, in the order in which they happened."""

import json
import time
from pathlib import Path
from typing import Any

from experiments.plan.arms import Trial

LAUNCHED = "launched"


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
