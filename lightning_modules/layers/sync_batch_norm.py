"""BatchNorm over all processes."""

import torch
from torch import Tensor, nn

from lightning_modules.ranks import is_shared, sum_over_ranks


class SyncBatchNorm(nn.modules.batchnorm._BatchNorm):
    """BatchNorm over the batches of all processes (Peng et al. 2018, "MegDet", sec. 3.3), on CPUs as well as on GPUs.

    Two processes train like one with the double batch: statistics are summed over all processes, and so are their
    gradients. torch's own needs GPUs, and DDP refuses it without, so this is no subclass of it; where there are GPUs,
    Lightning's `trainer.sync_batchnorm` swaps it for torch's, which is fused. In one process it is BatchNorm.

    Args:
        As torch's BatchNorm.

    Shape:
        (N, C, …) → (N, C, …); N may differ between processes.

    Raises:
        ValueError: In training, if all processes together have one value a channel.
    """

    def forward(self, x: Tensor) -> Tensor:
        if not is_shared(self):
            return super().forward(x)
        values = x if x.dtype == torch.float64 else x.float()
        axes = [0, *range(2, x.dim())]
        here = values.new_tensor([x.numel() // x.shape[1]])
        total = sum_over_ranks(torch.cat([values.sum(axes), here]))
        count = total[-1].detach()
        if count < 2:
            raise ValueError("SyncBatchNorm: cannot train on one value a channel in all processes; use a larger batch")
        mean = total[:-1] / count
        centred = values - _by_channel(mean, x)
        variance = sum_over_ranks(centred.square().sum(axes)) / count
        self._track(mean.detach(), variance.detach() * count / (count - 1))
        normed = centred * _by_channel((variance + self.eps).rsqrt(), x)
        if self.affine:
            normed = normed * _by_channel(self.weight, x) + _by_channel(self.bias, x)
        return normed.to(x.dtype)

    def _track(self, mean: Tensor, variance: Tensor) -> None:
        if self.running_mean is None or self.running_var is None or self.num_batches_tracked is None:
            return
        self.num_batches_tracked.add_(1)
        momentum = 1 / self.num_batches_tracked.item() if self.momentum is None else self.momentum
        self.running_mean.lerp_(mean.to(self.running_mean.dtype), momentum)
        self.running_var.lerp_(variance.to(self.running_var.dtype), momentum)

    def _check_input_dim(self, x: Tensor) -> None:
        """Any number of axes will do."""


def _by_channel(x: Tensor, like: Tensor) -> Tensor:
    return x.view(-1, *[1] * (like.dim() - 2))
