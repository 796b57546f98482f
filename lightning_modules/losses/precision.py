"""The precision that losses compute in."""

import torch
from torch import Tensor


def at_least_float32(x: Tensor) -> Tensor:
    """The same numbers, in float32 if they came in half precision: sums and squares overflow float16."""
    return x.to(torch.promote_types(x.dtype, torch.float32))
