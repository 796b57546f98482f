"""Handing jobs to Slurm, through submitit."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from experiments.errors import UserError
from experiments.run.launchers.batch import Batch

MOST = 1000  # jobs of an array: many sites allow no larger one
REQUEUES = 10_000  # a job whose time is over goes on as often as it takes
SETUP = "export PYTHONSAFEPATH=1 SUBMITIT_PREEMPT_SIGNAL=USR1"  # the current folder hides no package of ours


@dataclass(frozen=True)
class Submission:
    """How jobs are handed over.

    Args:
        folder: For submitit's files; the nodes must see it.
        name: Of the jobs.
        minutes: Time limit.
        grace: Seconds before it at which a job is told.
        setup: Shell lines before each job.
    """

    folder: Path
    name: str
    minutes: int
    grace: int
    setup: Sequence[str]

    def submit(self, batches: Sequence[Batch], flags: Mapping[str, Any]) -> list[str]:
        """Queue batches as one array.

        Args:
            batches: A job for each.
            flags: sbatch's options.

        Returns:
            Their numbers in the queue.

        Raises:
            UserError: If Slurm does not take them.
        """
        executor = load_submitit().SlurmExecutor(self.folder, max_num_timeout=REQUEUES)
        executor.update_parameters(
            job_name=self.name,
            time=self.minutes,
            nodes=flags["nodes"],
            ntasks_per_node=flags["ntasks_per_node"],
            signal_delay_s=self.grace,
            array_parallelism=MOST,
            setup=[SETUP, *self.setup],
            additional_parameters=dict(flags),
        )
        try:
            with executor.batch():
                made = [executor.submit(batch) for batch in batches]
        except Exception as error:  # submitit has several, and Slurm's own words are in them
            last = (str(error).strip().splitlines() or [type(error).__name__])[-1]
            raise UserError(f"Slurm does not take the jobs: {last.removeprefix('sbatch: error: ')}") from error
        return [each.job_id for each in made]


def load_submitit() -> Any:
    """The package.

    Raises:
        UserError: If it is not installed; names the extra.
    """
    os.environ.setdefault("SUBMITIT_PREEMPT_SIGNAL", "USR1")  # read as it is imported
    try:
        import submitit
    except ImportError as error:
        raise UserError("launcher Slurm needs submitit: pip install 'trickbench[slurm]'") from error
    return submitit
