"""Libraries' models with their weights, or a clear word why not."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from difflib import get_close_matches
from importlib import import_module
from pathlib import PurePosixPath
from typing import Any
from urllib.error import URLError

import torch
import torchvision
from torchvision.ops import StochasticDepth

from lightning_modules.backbones.normalization import IMAGENET, Renormalize

_fetched = ContextVar("_fetched", default=True)


@contextmanager
def none_fetched() -> Iterator[None]:
    """Build pretrained backbones without fetching their weights, which a checkpoint's are about to replace."""
    token = _fetched.set(False)
    try:
        yield
    finally:
        _fetched.reset(token)


def are_fetched() -> bool:
    """Whether weights that a backbone asks for are to be had, from a cache or by a download."""
    return _fetched.get()


def torchvision_model(name: str, weights: str | None) -> Any:
    """Make a torchvision classifier, of torchvision's own class.

    Its stochastic depth is off: that is a trick here, and comes by `rewrites.DropPath`.

    Args:
        name: As in `torchvision.models.list_models`.
        weights: Name of one of the model's weights entries, or None; downloaded on first use.

    Raises:
        ValueError: If there is no model of that name, or it has no weights of that name.
        ConnectionError: If they cannot be downloaded; says where they can be put by hand.
    """
    check_known("torchvision", name, torchvision.models.list_models(torchvision.models))
    net = _load(name, _entry(name, weights))
    for module in net.modules():
        if isinstance(module, StochasticDepth):
            module.p = 0.0
    return net


def torchvision_normalization(name: str, weights: str | None) -> Renormalize:
    """From ImageNet's normalisation to the one that these weights of a torchvision model were trained with."""
    entry = _entry(name, weights)
    preset = entry.transforms() if entry else None
    return Renormalize(preset.mean, preset.std) if preset else Renormalize(*IMAGENET)


def check_known(library: str, name: str, known: Collection[str]) -> None:
    """Refuse a name that a library does not know.

    Raises:
        ValueError: Names the library, the name and the nearest that it knows.
    """
    if name not in known:
        nearest = ", ".join(get_close_matches(name, known, cutoff=0)) or "none"
        raise ValueError(f"{library} has no model {name!r}; the nearest are {nearest}")


def import_extra(module: str, extra: str) -> Any:
    """Import what an optional extra of this package brings.

    Raises:
        ImportError: If it is not installed; says how to install it.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise ImportError(f"{module} is not installed; to get it: pip install 'trickbench[{extra}]'") from error


def _entry(name: str, weights: str | None) -> Any:
    if weights is None:
        return None
    known = torchvision.models.get_model_weights(name)
    entry = known.__members__.get(weights.rpartition(".")[2])
    if entry is None:
        raise ValueError(f"{name} has no weights {weights!r}; it has {', '.join(known.__members__)}")
    return entry


def _load(name: str, entry: Any) -> Any:
    try:
        return torchvision.models.get_model(name, weights=entry if are_fetched() else None)
    except URLError as error:
        place = f"{torch.hub.get_dir()}/checkpoints/{PurePosixPath(entry.url).name}"
        raise ConnectionError(
            f"{name}: weights {entry.name!r} cannot be downloaded ({error.reason}); fetch {entry.url} elsewhere and "
            f"put it at {place}, or go on without: weights: null"
        ) from error
