"""How trials and ablations lie on disk: the names of their files, and the states of a trial."""

from enum import StrEnum
from functools import cached_property

TRIALS = "trials"  # holds every trial once, by its address; ablations link to those that they need
TRIAL = "trial.json"  # what the folder is for: what it is made from, its command line
CONFIG = "config.yaml"
METRICS = "metrics.csv"
RESULT = "result.json"
IMAGES = "images.npz"  # what is right in each image of the last validation; see images/store.py
PICTURES = "pictures.zip"  # some images of the same with truth and prediction; see images/pictures.py
CHECKPOINT = "checkpoints/last.ckpt"
LOG = "log.txt"
LEASE = ".lease"  # says which process has the folder
HELD = (TRIAL, METRICS, RESULT, CHECKPOINT)  # what a training leaves that another must not take for its own

LEDGER = "ledger.jsonl"
REGISTRATION = "registration.json"
COSTS = "cost"
RUNNERS = ".runners"  # of an ablation: a folder for each process that runs it
SEEN = "seen.json"  # of an ablation: what `status` need not read again


class State(StrEnum):
    """Where a trial stands; the order is that of tables."""

    DONE = "done"
    DIVERGED = "diverged"
    STALE = "stale"  # finished, by other code than is here now
    RUNNING = "running"
    FAILED = "failed"  # crashed the last time
    OPEN = "open"
    NO_OP = "no-op"  # its arm's first run equals that of what it is compared with
    SPARED = "spared"  # a race has not needed it so far

    @cached_property
    def ended(self) -> bool:
        """Whether there is a result."""
        return self in (State.DONE, State.DIVERGED)

    @cached_property
    def needed(self) -> bool:
        """Whether a verdict needs it, as far as is known."""
        return self not in (State.NO_OP, State.SPARED)


ENDS = {0: State.DONE, 3: State.DIVERGED}  # what an exit code says of a trial that has ended; another: failed
