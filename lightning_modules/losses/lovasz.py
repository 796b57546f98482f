"""Lovász-Softmax loss."""

import torch
from torch import Tensor

from lightning_modules.losses.base import PixelLoss
from lightning_modules.losses.precision import at_least_float32


class LovaszSoftmax(PixelLoss):
    """The Lovász extension of 1 − IoU, a mean over the classes that occur (Berman et al. 2018, eq. 8 to 12).

    The errors of a class, |1[label = c] − p_c|, are sorted from large to small; each then weighs what 1 − IoU
    rises by when its pixel becomes wrong too (alg. 1). IoU is that of the whole batch.

    Args:
        ignore_index: Label of pixels that do not count.

    Shape:
        Logits (N, C, H, W), labels (N, H, W) → a scalar.
    """

    def forward(self, logits: Tensor, target: Tensor) -> Tensor:
        counted = target != self.ignore_index
        # One unbind, as its backward is one stack; indexing would fill a whole map of zeros for every class.
        probabilities = at_least_float32(logits).softmax(1).unbind(1)
        losses = [
            lovasz_jaccard((probabilities[c] * counted).flatten(), (target == c).flatten())
            for c in target[counted].unique().tolist()
        ]
        return torch.stack(losses).mean() if losses else (probabilities[0] * counted).sum()


def lovasz_jaccard(probability: Tensor, inside: Tensor) -> Tensor:
    """Lovász extension of 1 − IoU of one class; (P,), (P,) → a scalar."""
    errors = (inside.to(probability) - probability).abs()
    with torch.no_grad():
        # Floats of one sign are ordered as their bits are, and integers sort three times as fast on a CPU.
        bits = errors.view(torch.int64 if errors.dtype == torch.float64 else torch.int32)
        order = bits.neg().argsort(stable=True)
        weights = torch.empty_like(errors).scatter_(0, order, jaccard_steps(inside[order]).to(errors))
    return (errors * weights).sum()


def jaccard_steps(inside: Tensor) -> Tensor:
    """What 1 − IoU rises by as pixel after pixel becomes wrong (alg. 1); (P,) → (P,).

    A pixel of the class leaves the intersection I: 1/U. Another joins the union U: I/(U − 1) − I/U. Written
    so, not as a difference of IoUs, no digits are lost.
    """
    missed = inside.cumsum(0)
    intersection = missed[-1] - missed
    union = intersection + torch.arange(1, len(inside) + 1, device=inside.device)
    return torch.where(inside, 1, intersection / (union - 1).clamp(min=1)) / union
