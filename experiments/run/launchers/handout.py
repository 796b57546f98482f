"""The GPUs of this machine, handed out to jobs; those that fail are left out."""

import sys
from collections import Counter
from collections.abc import Collection, Sequence


class Handout:
    """Knows how many jobs have each GPU, and which GPUs failed them.

    Args:
        gpus: As CUDA_VISIBLE_DEVICES names them.
        per_device: Jobs that share one, at most.
    """

    def __init__(self, gpus: Sequence[str], per_device: int) -> None:
        self.jobs, self.per_device = dict.fromkeys(gpus, 0), per_device
        self.faults: Counter[int] = Counter()  # job → how often its GPUs failed it
        self.left_out: dict[int, list[str]] = {}  # job → those that failed it twice

    def take(self, count: int, first: Collection[str] = (), alone: bool = False) -> list[str]:
        """So many different GPUs, those with the fewest jobs first; none if there are not so many.

        Args:
            count: How many; any are enough where there are none at all.
            first: Those to be preferred.
            alone: Only such as no other job has, so that what is measured there is the job's own.
        """
        out, most = self._out(), 1 if alone else self.per_device
        free = [gpu for gpu, jobs in self.jobs.items() if jobs < most and gpu not in out]
        taken = sorted(free, key=lambda gpu: (gpu not in first, self.jobs[gpu]))[:count]
        if len(taken) < count:
            return []
        for gpu in taken:
            self.jobs[gpu] += 1
        return taken

    def give_back(self, gpus: Sequence[str]) -> None:
        """A job has ended."""
        for gpu in gpus:
            self.jobs[gpu] -= 1

    def forgives(self, job: int, gpus: list[str]) -> bool:
        """Whether a job that its GPUs failed may start again: once there, then on others while these are left out.

        One that fails on others too is itself at fault, and they come back.
        """
        self.faults[job] += 1
        others = self.jobs.keys() - self._out() - {*gpus}
        if self.faults[job] == 1:
            return True
        if self.faults[job] > 2 or len(others) < len(gpus):
            self.left_out.pop(job, None)
            return False
        self.left_out[job] = gpus
        print(f"GPU {', '.join(gpus)} failed a trial twice: left out until the end of this run", file=sys.stderr)
        return True

    def _out(self) -> set[str]:
        return {gpu for gpus in self.left_out.values() for gpu in gpus}
