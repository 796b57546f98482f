"""SIGUSR1 asks a training for a checkpoint and its end; queues send it before a job's time is over."""

import signal

SIGNAL = signal.SIGUSR1
CODE = 75  # exit code of a training that stopped so; of EX_TEMPFAIL, try again


class Paused(Exception):
    """A training stopped at a checkpoint, from which it goes on."""


def keep_waiting() -> None:
    """Let the signal wait until a training looks for it, in every thread and process that starts from here on.

    A queue sends it to all processes of a job, and it ends those that neither know nor block it.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, {SIGNAL})


def is_asked() -> bool:
    """Whether the signal waits."""
    return SIGNAL in signal.sigpending()
