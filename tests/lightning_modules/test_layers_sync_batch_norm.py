"""Two processes under SyncBatchNorm are one process with the double batch."""

import copy
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.multiprocessing import start_processes
from torch.nn.parallel import DistributedDataParallel

from lightning_modules.layers import ConvNormAct
from lightning_modules.rewrites import SyncBatchNorm


def two_processes(work: Callable[[int], None], folder: Path) -> None:
    """Run `work(rank)` in two processes; what fails there fails here."""
    start_processes(_join, (work, folder), nprocs=2, start_method="fork")


def _join(rank: int, work: Callable[[int], None], folder: Path) -> None:
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{folder}/store", rank=rank, world_size=2)
    work(rank)
    dist.destroy_process_group()


def network(momentum: float | None = 0.1) -> nn.Module:
    torch.manual_seed(0)
    model = nn.Sequential(ConvNormAct(3, 8), ConvNormAct(8, 8, stride=2), nn.Conv2d(8, 2, 1))
    for norm in (m for m in model.modules() if isinstance(m, nn.BatchNorm2d)):
        norm.momentum = momentum
        nn.init.uniform_(norm.weight, 0.5, 2)
    return model


def images(batch: int) -> Tensor:
    noise = torch.randn(batch, 3, 12, 12, generator=torch.Generator().manual_seed(1))
    return noise * torch.arange(1, batch + 1).view(-1, 1, 1, 1)  # so that a rank's statistics are not the batch's


@pytest.mark.parametrize("momentum", [0.1, None])
def test_gradients_and_statistics_are_those_of_the_double_batch(tmp_path: Path, momentum: float | None) -> None:
    one, x = network(momentum), images(8)
    two = SyncBatchNorm()(copy.deepcopy(one))
    for _ in range(2):
        one(x).square().mean().backward()
    buffers = dict(one.named_buffers())

    def work(rank: int) -> None:
        model = DistributedDataParallel(two)
        for _ in range(2):
            model(x[rank::2]).square().mean().backward()
        for ours, theirs in zip(two.parameters(), one.parameters(), strict=True):
            torch.testing.assert_close(ours.grad, theirs.grad, rtol=1e-6, atol=1e-6)
        for name, buffer in two.named_buffers():
            torch.testing.assert_close(buffer, buffers[name], rtol=1e-6, atol=1e-6)

    two_processes(work, tmp_path)


def test_batches_need_not_be_of_one_size(tmp_path: Path) -> None:
    one, x = network(), images(7)
    two, expected = SyncBatchNorm()(copy.deepcopy(one)), one(x).detach()

    def work(rank: int) -> None:
        mine = slice(0, 2) if rank == 0 else slice(2, 7)
        torch.testing.assert_close(two(x[mine]), expected[mine])
        torch.testing.assert_close(two.eval()(x), one.eval()(x))

    two_processes(work, tmp_path)


def test_a_pooled_branch_trains_on_one_image_a_process(tmp_path: Path) -> None:
    branch = nn.Sequential(nn.AdaptiveAvgPool2d(1), *ConvNormAct(3, 4, kernel_size=1))
    synced, x = SyncBatchNorm()(copy.deepcopy(branch)), images(2)
    expected = branch(x).detach()

    def work(rank: int) -> None:
        torch.testing.assert_close(synced(x[rank : rank + 1]), expected[rank : rank + 1])

    two_processes(work, tmp_path)


def test_one_value_a_channel_in_all_is_refused(tmp_path: Path) -> None:
    norm = SyncBatchNorm()(nn.Sequential(nn.BatchNorm2d(3)))

    def work(rank: int) -> None:
        with pytest.raises(ValueError, match="SyncBatchNorm: cannot train on one value a channel"):
            norm(images(1)[:rank, :, :1, :1])

    two_processes(work, tmp_path)


def test_half_precision_comes_and_goes(tmp_path: Path) -> None:
    norm, x = SyncBatchNorm()(nn.Sequential(nn.BatchNorm2d(3))), images(4)

    def work(rank: int) -> None:
        y = norm(x[rank::2].bfloat16())
        assert y.dtype == torch.bfloat16
        torch.testing.assert_close(y.float(), nn.BatchNorm2d(3)(x)[rank::2], rtol=0.02, atol=0.02)

    two_processes(work, tmp_path)


def test_in_one_process_it_is_batch_norm() -> None:
    one = network()
    two = SyncBatchNorm()(copy.deepcopy(one))
    for mode in (True, False):
        assert torch.equal(one.train(mode)(images(4)), two.train(mode)(images(4)))
    assert all(torch.equal(a, b) for a, b in zip(one.buffers(), two.buffers(), strict=True))
