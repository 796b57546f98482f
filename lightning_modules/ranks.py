"""Sums and lists over the processes that train together, so that they are like one with all their batches."""

from typing import Any, TypeVar

import torch.distributed as dist
from torch import Tensor, nn
from torch.autograd import Function

Item = TypeVar("Item")


def is_shared(module: nn.Module) -> bool:
    """Whether a module is in training in several processes; in validation each has batches of its own number."""
    return module.training and dist.is_available() and dist.is_initialized()


def sum_over_ranks(x: Tensor) -> Tensor:
    """The sum over all processes; each gets the sum of all their gradients. All of them must ask for it."""
    total: Tensor = _SumOverRanks.apply(x)
    return total


def mean_over_ranks(module: nn.Module, total: Tensor, count: Tensor) -> Tensor:
    """A loss, total / count, of all processes' batches as of one batch; 0, not 0/0, if nothing counts.

    DDP averages gradients over the processes. Were each to divide by its own count, an element of a batch with few of
    them would weigh more than one of a batch with many; so each divides by the mean of the counts.

    Args:
        module: Whose loss it is: in validation, and in one process, total and count are those of the batch.
        total: Sum over what counts in this process, of any shape.
        count: How much that is, a scalar.
    """
    if not is_shared(module):
        return total / count.where(count > 0, 1)
    count = sum_over_ranks(count.detach())
    return total * dist.get_world_size() / count.where(count > 0, 1)


def gather_over_ranks(items: list[Item]) -> list[Item]:
    """The items of all processes, in the order of their ranks, however unevenly they are shared out."""
    if not dist.is_initialized():
        return items
    shares: list[Any] = [None] * dist.get_world_size()
    dist.all_gather_object(shares, items)
    return [item for share in shares for item in share]


class _SumOverRanks(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        total = x.clone()
        dist.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Tensor:
        return sum_over_ranks(grads[0])
