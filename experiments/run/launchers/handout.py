"""The GPUs of this machine, handed out to jobs."""

from collections.abc import Sequence


class Handout:
    """Knows how many jobs have each GPU.

    Args:
        gpus: As CUDA_VISIBLE_DEVICES names them.
        per_device: Jobs that share one, at most.
    """

    def __init__(self, gpus: Sequence[str], per_device: int) -> None:
        self.jobs, self.per_device = dict.fromkeys(gpus, 0), per_device

    def take(self, count: int) -> list[str]:
        """So many different GPUs, those with the fewest jobs first; fewer if there are none left."""
        free = [gpu for gpu, jobs in self.jobs.items() if jobs < self.per_device]
        taken = sorted(free, key=lambda gpu: self.jobs[gpu])[:count]
        for gpu in taken:
            self.jobs[gpu] += 1
        return taken

    def give_back(self, gpus: Sequence[str]) -> None:
        """A job has ended."""
        for gpu in gpus:
            self.jobs[gpu] -= 1
