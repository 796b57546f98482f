"""torchvision's models with torchvision's weights, or a clear word why not."""

from pathlib import PurePosixPath
from urllib.error import URLError

import torch
import torchvision
from torch import nn


def torchvision_model(name: str, weights: str | None) -> nn.Module:
    """Make a torchvision classifier.

    Args:
        name: As in `torchvision.models.list_models`.
        weights: Name of one of the model's weights entries, or None; downloaded on first use.

    Raises:
        ValueError: If the model has no weights of that name.
        ConnectionError: If they cannot be downloaded; says where they can be put by hand.
    """
    if weights is None:
        return torchvision.models.get_model(name)
    known = torchvision.models.get_model_weights(name)
    entry = known.__members__.get(weights.rpartition(".")[2])
    if entry is None:
        raise ValueError(f"{name} has no weights {weights!r}; it has {', '.join(known.__members__)}")
    try:
        return torchvision.models.get_model(name, weights=entry)
    except URLError as error:
        place = f"{torch.hub.get_dir()}/checkpoints/{PurePosixPath(entry.url).name}"
        raise ConnectionError(
            f"{name}: weights {weights!r} cannot be downloaded ({error.reason}); fetch {entry.url} elsewhere and put it "
            f"at {place}, or go on without: weights: null"
        ) from error
