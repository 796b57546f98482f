"""Slots: the arguments of a class, and the classes that fit each."""

import inspect
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from types import NoneType
from typing import Any, get_args, get_origin

from jsonargparse import Namespace
from lightning.pytorch import LightningDataModule, LightningModule, Trainer, callbacks, loggers
from torch import optim

import datamodules
import lightning_modules
from experiments.declare.configs import nearest
from experiments.errors import UserError

PACKAGES = (
    lightning_modules,
    *(item for item in vars(lightning_modules).values() if inspect.ismodule(item)),
    datamodules,
    optim,
    callbacks,
    loggers,
)
REST = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def arguments(owner: str) -> Mapping[str, inspect.Parameter]:
    """The arguments that a config may give to a class."""
    bases = getattr(pkgutil.resolve_name(owner), "__mro__", ())  # a function makes its class from what it likes
    signatures = [inspect.signature(base.__init__) for base in bases]
    found = {name: argument for signature in signatures[::-1] for name, argument in signature.parameters.items()}
    named = {name for name, argument in found.items() if argument.kind not in REST}
    return {name: found[name] for name in sorted(named - {"self", "levels", "total_steps"})}


def misfit(name: str, owner: str, key: str) -> str:
    """Say that a class does not exist, or that it does not fit this slot, and which do.

    Args:
        name: Of the class.
        owner: The class that has the slot, or nothing for the command line.
        key: The slot.
    """
    wanted = tuple(dict.fromkeys(_classes(_slot(owner, key)))) or (object,)
    known = short_names()
    fitting = sorted(name for name, item in known.items() if issubclass(item, wanted) and item not in wanted)
    if name not in known:
        return f"unknown class {name!r}{nearest(name, fitting)}{own_class(owner, key)}"
    return f"{name} is not a {' or a '.join(item.__name__ for item in wanted)}{nearest(name, fitting)}"


def known_class(name: str) -> type[Any]:
    """The class of an import path, or of a short name of the package's.

    Raises:
        UserError: If there is none; names the nearest.
    """
    if name in short_names():
        return short_names()[name]
    try:
        found = pkgutil.resolve_name(name)
    except (ImportError, AttributeError, ValueError) as error:
        if "." not in name:
            raise UserError(f"unknown class {name!r}{nearest(name, short_names())}") from error
        raise UserError(f"no class {name!r} to import from here ({error}); write it as my_package.MyBlock") from error
    if not inspect.isclass(found):
        raise UserError(f"{name} must be a class, got {type(found).__name__}")
    return found


def short_names() -> dict[str, type[Any]]:
    return {name: item for package in PACKAGES for name, item in vars(package).items() if inspect.isclass(item)}


def own_class(owner: str, key: str) -> str:
    """How a class of the user's own gets into a slot, for the end of an error."""
    bases = [datamodules.DenseData if item is LightningDataModule else item for item in _classes(_slot(owner, key))]
    derives = f" derives from {' or '.join(dict.fromkeys(map(_importable, bases)))} and"
    return f"; a class of your own{derives * bool(bases)} lies beside a config or in the current folder"


def _importable(base: type) -> str:
    """Where to import a class from: the package that offers it, if one does."""
    offers = [package.__name__ for package in PACKAGES if vars(package).get(base.__name__) is base]
    return f"{[*offers, base.__module__][0]}.{base.__qualname__}"


def refuse_null(config: Any, key: str, owner: str = "") -> None:
    """Refuse null where a type has no place for it; jsonargparse takes it for a value that is not set.

    Args:
        config: What was parsed.
        key: Where it stands.
        owner: The class whose arguments it holds.

    Raises:
        UserError: Names the first such key.
    """
    for item in config if isinstance(config, list) else ():
        refuse_null(item, key)
    for name, value in vars(config).items() if isinstance(config, Namespace) else ():
        if name == "init_args":
            refuse_null(value, key, config.class_path)
        elif value is None and owner and (argument := arguments(owner).get(name)):
            _check_null(argument, f"{key}.{name}")
        else:
            refuse_null(value, f"{key}.{name}")


def _check_null(argument: inspect.Parameter, key: str) -> None:
    hint, default = argument.annotation, argument.default
    if not (default is None or isinstance(hint, str) or hint in (Any, argument.empty) or NoneType in get_args(hint)):
        raise UserError(f"{key} must not be null; by default it is {getattr(default, '__name__', default)}")


def _slot(owner: str, key: str) -> Any:
    if owner:
        return arguments(owner)[key].annotation if key in arguments(owner) else Any
    trainer = inspect.signature(Trainer.__init__).parameters.get(key.removeprefix("trainer."))
    return trainer.annotation if trainer else {"model": LightningModule, "data": LightningDataModule}.get(key)


def _classes(hint: Any) -> Iterator[type]:
    """The classes that a type is made of; of a callable, those that it returns."""
    inner = get_args(hint)
    if inspect.isclass(hint) and not inner and hint is not NoneType:
        yield hint
    for each in inner[-1:] if get_origin(hint) is Callable else inner:
        yield from _classes(each)
