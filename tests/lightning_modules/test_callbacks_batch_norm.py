"""BatchNorm's statistics, measured anew: in use but for the norms, and over all ranks."""

from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import torch
from lightning.fabric.utilities.distributed import _sync_ddp_if_available
from torch import Tensor, nn

from lightning_modules.callbacks.batch_norm import refresh_batch_norm
from tests.lightning_modules.test_layers_sync_batch_norm import two_processes


class Dropped(nn.Module):
    """A norm behind dropout, which would widen what the norm measures."""

    def __init__(self) -> None:
        super().__init__()
        self.drop, self.norm, self.frozen = nn.Dropout(0.9), nn.BatchNorm2d(3), nn.BatchNorm2d(3).eval()

    def forward(self, image: Tensor) -> Tensor:
        return self.frozen(self.norm(self.drop(image)))


def batches(count: int) -> Tensor:
    noise = torch.randn(count, 4, 3, 5, 5, generator=torch.Generator().manual_seed(0))
    return noise * torch.arange(1, count + 1).view(-1, 1, 1, 1, 1) + 1


def refresh(module: nn.Module, images: Tensor) -> None:
    trainer = SimpleNamespace(
        precision_plugin=SimpleNamespace(forward_context=nullcontext),
        strategy=SimpleNamespace(batch_to_device=lambda batch: batch, reduce=_sync_ddp_if_available),
    )
    refresh_batch_norm(trainer, module, ({"image": image} for image in images))


def assert_statistics(norm: nn.BatchNorm2d, images: Tensor) -> None:
    """The means over batches of what a batch's statistics are."""
    torch.testing.assert_close(norm.running_mean, images.mean((1, 3, 4)).mean(0))
    torch.testing.assert_close(norm.running_var, images.transpose(1, 2).flatten(2).var(2).mean(0))


def test_statistics_are_means_over_batches_that_nothing_was_dropped_from() -> None:
    module = Dropped()
    modes = [part.training for part in module.modules()]
    refresh(module, batches(3))
    assert_statistics(module.norm, batches(3))
    assert [part.training for part in module.modules()] == modes
    assert module.norm.momentum == 0.1


def test_two_ranks_measure_the_mean_of_both(tmp_path: Path) -> None:
    module = Dropped()

    def work(rank: int) -> None:
        refresh(module, batches(4)[rank::2])
        assert_statistics(module.norm, batches(4))

    two_processes(work, tmp_path)
