"""The contract of a slot, run on one class."""

import inspect
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

from lightning.pytorch import Callback
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from datamodules import DenseData
from experiments.declare.configs import nearest
from experiments.errors import UserError
from experiments.trial.command_line.slots import known_class
from experiments.trial.contracts import (
    backbones,
    box_heads,
    box_losses,
    callbacks,
    data,
    decays,
    losses,
    maps,
    optimizers,
    rewrites,
    rules,
    schedules,
)
from experiments.trial.contracts.cases import Case, variants
from experiments.trial.quiet import hush
from lightning_modules.backbones import Backbone
from lightning_modules.heads import BoxHead, ImageHead, PixelHead
from lightning_modules.losses import BoxLoss, PixelLoss
from lightning_modules.optim import Decay, ParameterRule
from lightning_modules.pyramid import PyramidBlock
from lightning_modules.rewrites import Rewrite

SLOTS: dict[type, tuple[str, tuple[Callable[[Any], None], ...]]] = {
    PyramidBlock: ("context or fusion", maps.CONTRACT),
    PixelHead: ("head of a segmentation", maps.CONTRACT),
    ImageHead: ("head of a classification", maps.CONTRACT),
    BoxHead: ("head of a detection", box_heads.CONTRACT),
    Backbone: ("backbone", backbones.CONTRACT),
    PixelLoss: ("loss", losses.CONTRACT),
    BoxLoss: ("loss on boxes", box_losses.CONTRACT),
    Rewrite: ("rewrite of a network", rewrites.CONTRACT),
    Decay: ("decay of a schedule", decays.CONTRACT),
    ParameterRule: ("parameter rule", rules.CONTRACT),
    LRScheduler: ("schedule", schedules.CONTRACT),
    Optimizer: ("optimizer", optimizers.CONTRACT),
    DenseData: ("data", data.CONTRACT),
    Callback: ("callback of a training", callbacks.CONTRACT),
}
"""Base class → the slot that its subclasses fill, and what holds for them."""
SUPPLIED = {LRScheduler: 2, Optimizer: 1}  # the first arguments of a constructor that no config gives

hush()


@dataclass(frozen=True)
class Found:
    """What was found of one promise.

    Args:
        promise: In a sentence.
        fault: The first case in which it does not hold, and how; empty if it holds.
    """

    promise: str
    fault: str


def check_class(name: str, arguments: Mapping[str, Any]) -> tuple[str, Iterator[Found]]:
    """Check a class.

    Args:
        name: Its import path, or the short name of one of the package's.
        arguments: Of its constructor, where its defaults do not do.

    Returns:
        The slot that it fills, and what is found of each promise, as it is found.

    Raises:
        UserError: If there is no such class, none of its bases belongs to a slot, or it takes no such argument.
    """
    cls = known_class(name)
    base = next((base for base in SLOTS if issubclass(cls, base)), None)
    if base is None:
        raise UserError(f"{name} fills no slot that has a contract; derive it from {_names(SLOTS)}")
    slot, contract = SLOTS[base]
    _refuse_unknown(cls, arguments)
    cases = list(_cases(cls, arguments))
    return slot, (Found(_sentence(holds), _first_fault(holds, cases)) for holds in contract)


def _refuse_unknown(cls: type[Any], arguments: Mapping[str, Any]) -> None:
    known = inspect.signature(cls).parameters
    if any(argument.kind is argument.VAR_KEYWORD for argument in known.values()):
        return
    for name in arguments:
        if name not in known:
            raise UserError(f"--arguments: {cls.__name__} takes no {name!r}{nearest(name, known)}")


def _cases(cls: type[Any], arguments: Mapping[str, Any]) -> Iterator[Any]:
    if issubclass(cls, PyramidBlock | PixelHead | ImageHead):
        yield from (Case(case.cls, {**case.arguments, **arguments}) for case in variants(cls))
        return
    if issubclass(cls, BoxHead):
        yield box_heads.small(cls, arguments)
        return
    supplied = next((count for base, count in SUPPLIED.items() if issubclass(cls, base)), 0)
    missing = [
        name
        for name, argument in [*inspect.signature(cls).parameters.items()][supplied:]
        if argument.default is argument.empty and argument.kind is argument.POSITIONAL_OR_KEYWORD
    ]
    if lacking := [name for name in missing if name not in arguments]:
        raise UserError(f"{cls.__name__} needs a value for {', '.join(lacking)}: give it by --arguments")
    yield partial(cast(Any, cls), **arguments)


def _first_fault(holds: Callable[[Any], None], cases: Iterable[Any]) -> str:
    for case in cases:
        try:
            holds(case)
        except Exception as error:  # the class is a user's own: whatever it raises is the finding
            return f"{f'{case}: ' if isinstance(case, Case) else ''}{_said(error)}"
    return ""


def _said(error: Exception) -> str:
    first = next(iter(str(error).strip().splitlines()), "")
    if isinstance(error, AssertionError):
        return first or "it does not"
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {frame.name}: {first}"


def _sentence(holds: Callable[[Any], None]) -> str:
    return (inspect.getdoc(holds) or "").splitlines()[0]


def _names(classes: Iterable[type]) -> str:
    *most, last = sorted(cls.__name__ for cls in classes)
    return f"{', '.join(most)} or {last}"
