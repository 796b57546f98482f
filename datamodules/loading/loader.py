"""A training loader whose order is a pure function of (seed, epoch) and that resumes in the middle of an epoch."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from torch.utils.data import DataLoader, Sampler

from datamodules.streams import stream


class EpochSampler(Sampler[tuple[int, int]]):
    """Shuffled keys `(epoch, index)`: this rank's share of the epoch.

    The ranks' k-th batches together are the k-th batch of one process with a batch `world` times as large.

    Args:
        size: Samples in the data set. The `size % world` last of an epoch's order are left out, so that all ranks do
            equally many steps.
        seed: With the epoch, all that the order depends on.
        rank: This process.
        world: How many processes share the epoch.
    """

    def __init__(self, size: int, seed: int, rank: int = 0, world: int = 1) -> None:
        self.size, self.seed, self.rank, self.world = size, seed, rank, world
        self.epoch = 0
        self.skip = 0  # samples of this epoch that an interrupted run has had

    def __len__(self) -> int:
        return self.size // self.world

    def set_epoch(self, epoch: int) -> None:
        """Go to the start of `epoch`; within the current one, change nothing. Lightning calls this."""
        if epoch != self.epoch:
            self.epoch, self.skip = epoch, 0

    def __iter__(self) -> Iterator[tuple[int, int]]:
        order = np.random.default_rng(stream(self.seed, self.epoch)).permutation(self.size)
        share = order[self.rank :: self.world][: len(self)]
        return iter([(self.epoch, int(index)) for index in share[self.skip :]])


class ResumableLoader(DataLoader[Any]):
    """A `DataLoader` over an `EpochSampler` whose state is the position `(epoch, batches handed out)`.

    Resumed, it goes on with exactly the batches that were left. The last batch's position is the start of the next
    epoch. What workers have fetched ahead does not count.
    """

    sampler: EpochSampler
    batch_size: int
    position = (0, 0)

    def __iter__(self) -> Iterator[Any]:  # type: ignore[override]
        # A generator: it starts when the first batch is asked for. Lightning makes a restart's first iterator
        # before it calls `set_epoch`.
        epoch, done = self.sampler.epoch, self.sampler.skip // self.batch_size
        for batches, batch in enumerate(super().__iter__(), done + 1):
            self.sampler.skip = 0  # for this pass only: a pass begun anew gets the whole epoch
            self.position = (epoch, batches) if batches < len(self) else (epoch + 1, 0)
            yield batch
        self.sampler.set_epoch(epoch + 1)

    def state_dict(self) -> dict[str, int]:
        """The position."""
        epoch, batches = self.position
        return {"epoch": epoch, "batches": batches}

    def load_state_dict(self, state: dict[str, int]) -> None:
        """Go to a saved position."""
        self.position = state["epoch"], state["batches"]
        self.sampler.set_epoch(state["epoch"])
        self.sampler.skip = state["batches"] * self.batch_size
