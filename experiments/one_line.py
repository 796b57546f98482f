"""jsonargparse's nested errors as one line: which key, what was wrong, what would be right."""

import inspect
import pkgutil
import re
from collections.abc import Iterable

from lightning.pytorch import Trainer, callbacks, loggers
from torch import optim

import datamodules
import lightning_modules
from experiments.layers import nearest

PACKAGES = (
    lightning_modules,
    *(item for item in vars(lightning_modules).values() if inspect.ismodule(item)),
    datamodules,
    optim,
    callbacks,
    loggers,
)


def one_line(message: str) -> str:
    """Find the innermost complaint in a nested message."""
    key = ".".join(re.findall(r'Parser key "([^"]+)"', message))
    return f"{key}: {_complaint(message)}" if key else _complaint(message)


def _complaint(message: str) -> str:
    if found := re.search(r"Option '([^']+)' is not accepted", message):
        owner = _class_of(message)
        return f"unknown key {found[1]!r} of {owner.rsplit('.', 1)[-1]}{nearest(found[1], _arguments(owner))}"
    if found := re.search(r"Expected a dot import path string: (\S+)", message):
        return f"unknown class {found[1]!r}{nearest(found[1], _classes())}"
    if found := re.search(r"(?:does not accept option '|unrecognized arguments: --)([\w.]+)", message):
        return f"unknown key {found[1]!r}{nearest(found[1], _top_keys())}"
    if found := re.search(r"Errors:\n\s*- (?!Expected|Problem|Parser|Does)(.+)", message):
        return found[1]
    expected = re.findall(r"(Expected a .+|.*Given value: .+)", message)
    return " ".join((expected[0] if expected else message).split())


def _class_of(message: str) -> str:
    """The class that the complaint is about: named behind it by a callable slot, before it by any other."""
    behind = re.search(r"is not accepted\. Got value: Namespace\(.*?class_path='([\w.]+)'", message)
    before = re.findall(r"given class_path '([\w.]+)'", message.split("is not accepted", maxsplit=1)[0])
    return behind[1] if behind else before[-1]


def _arguments(class_path: str) -> Iterable[str]:
    signatures = [inspect.signature(base.__init__) for base in pkgutil.resolve_name(class_path).__mro__]
    names = {name for signature in signatures for name in signature.parameters}
    return sorted(names - {"self", "args", "kwargs", "levels", "total_steps"})


def _classes() -> Iterable[str]:
    return sorted({name for package in PACKAGES for name, item in vars(package).items() if inspect.isclass(item)})


def _top_keys() -> Iterable[str]:
    trainer = [f"trainer.{name}" for name in inspect.signature(Trainer.__init__).parameters if name != "self"]
    return ["trainer", "model", "data", "about", "seed_everything", "threads", "ckpt_path", *trainer]
