"""How a trial and an ablation lie on disk: the names of their files, and the states of a trial."""

from enum import StrEnum

TRIAL = "trial.json"  # what the folder is for: arm, seed, fingerprint, command line
CONFIG = "config.yaml"
METRICS = "metrics.csv"
RESULT = "result.json"
CHECKPOINT = "checkpoints/last.ckpt"
LOG = "log.txt"
LOCK = ".lock"

LEDGER = "ledger.jsonl"
REGISTRATION = "registration.json"
COSTS = "cost"


class State(StrEnum):
    """Where a trial stands; the order is that of tables."""

    DONE = "done"
    DIVERGED = "diverged"
    RUNNING = "running"
    FAILED = "failed"  # crashed the last time
    OPEN = "open"

    @property
    def ended(self) -> bool:
        """Whether there is a result."""
        return self in (State.DONE, State.DIVERGED)
