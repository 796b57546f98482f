"""Errors of a parser or a constructor as one line: which key, what was wrong, what would be right."""

import inspect
import re
from argparse import ArgumentError
from pathlib import Path
from traceback import extract_tb, walk_tb
from types import ModuleType

import jsonargparse
import lightning.fabric
import lightning.pytorch
import torch
from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.pytorch import Trainer

import datamodules
import lightning_modules
from experiments.declare.configs import nearest
from experiments.errors import DISK
from experiments.plan.unknown_keys import TOP
from experiments.trial.command_line.slots import arguments, misfit, own_class


def _folder(package: ModuleType) -> str:
    return str(Path(str(package.__file__)).parent)


PARSER, TORCH = _folder(jsonargparse), _folder(torch)
CALLBACKS = _folder(lightning.pytorch.callbacks)
CHECKED = tuple(  # where checks speak to the user
    _folder(package) for package in (lightning_modules, datamodules, torch.optim, torch.utils.data, lightning.pytorch)
)
PYTHON = str(Path(inspect.__file__).parent)  # importlib, where a module that is not there is missed
ALLOCATORS = re.compile(r"[^.\n]*(?:Unable to allocate|tried to allocate|out of memory|multiplication overflow)[^\n]*")
SMALLER = "lower data.init_args.batch_size, for all arms alike, or trials per GPU (per_device, --jobs), or raise "
SMALLER += "trainer.devices with half the batch on each of two"
# What a constructor said, in the list of all that a union tried.
OURS = re.compile(r"^ *- ([A-Z]\w+: .+)$", re.MULTILINE)
UNKNOWN = re.compile(
    r"(?:Group '([\w.]+)'|Subcommand '\w+') does not accept option '([\w.]+)'|unrecognized arguments: --([\w.]+)"
)
OWNER = re.compile(
    r"Problem with given class_path '([\w.]+)'"
    r"|Type [\s\S]*Got value: Namespace\((?:class_path='([\w.]+)'|[\s\S]*class_path='([\w.]+)'\)$)"
)


def is_bad_input(error: Exception) -> bool:
    """Whether a config cannot be built, does not fit into memory, or a check refuses it or data; else it is a bug."""
    root = chain(error)[-1]
    if isinstance(error, OSError) and error.errno in DISK:
        return False
    by_wandb = type(error).__module__.startswith("wandb.errors")  # no key, no server, a name that it does not take
    refused = isinstance(error, ArgumentError | MisconfigurationException) or by_wandb
    if refused or does_not_fit(error) or _misses_its_part(error):
        return True
    if any(frame.filename.startswith(PARSER) for frame in extract_tb(error.__traceback__)):
        by_torch = isinstance(root, RuntimeError) and raised_in(root, TORCH)
        return by_torch or isinstance(root, ValueError | OSError | ImportError | TypeError | SyntaxError)
    if raised_in(error, _folder(lightning.fabric)):
        return isinstance(error, ValueError | TypeError | ImportError)
    if raised_in(error, CALLBACKS):
        return isinstance(error, ValueError | OSError | RuntimeError)
    checked = raised_in(error, *CHECKED) or str(error).startswith("Caught ")  # by a loader's worker
    return checked and isinstance(error, ValueError | OSError | ImportError)


def does_not_fit(error: BaseException) -> bool:
    """Whether an allocator gave up, here or in a loader's worker."""
    raised = isinstance(error, MemoryError | RuntimeError | ValueError | OSError)  # a union's is a ValueError
    return isinstance(error, MemoryError) or (raised and bool(ALLOCATORS.search(str(error))))


def one_line(error: BaseException) -> str:
    """What lies at the root of an error, behind the key that it is about."""
    *wrappers, root = chain(error)
    keys, owners = [], [""]
    for wrapper in wrappers:
        if isinstance(wrapper, TypeError) and (found := re.match(r'Parser key "([^"]+)"', str(wrapper))):
            keys.append(found[1])
        if found := OWNER.match(str(wrapper)):
            owners.append(str(found[found.lastindex or 0]))
    message = re.sub(r"^Caught [\s\S]*\n\w*Error: ", "", str(root).strip())  # a loader's worker sends its traceback
    if message.startswith("Expected a ") and (said := [line for w in wrappers for line in OURS.findall(str(w))]):
        message = said[-1]
    if does_not_fit(error):
        found = ALLOCATORS.search(str(error))
        message = f"does not fit into memory{f' ({found[0].strip()})' if found else ''}"
    message = message.partition("Exception raised from")[0]  # torch's, with the stack below it
    message = f"{_misses_its_part(root)}{_own_file(root)}{' '.join(message.split())}"
    key = keys[-1] if keys else ""
    if re.fullmatch(r"No module named '[\w.]+'|module '[\w.]+' has no attribute '\w+'", message):
        complaint = f"{message}{own_class(['', *owners][-2], key)}"  # the last is what is missing
    else:
        complaint = _complaint(message, owners[-1], key)
    return f"{'.'.join(keys)}: {complaint}" if keys else complaint


def device_fault(error: BaseException) -> str:
    """What a GPU said, as one line; if its memory is not enough, shortly, and what takes less."""
    if not isinstance(error, torch.OutOfMemoryError):
        return one_line(error)
    wanted = re.search(r"allocate (\d[\d.]* \w+)", str(error))
    return f"a GPU's memory is not enough{f' for {wanted[1]} more' if wanted else ''}: {SMALLER}"


def _misses_its_part(error: BaseException) -> str:
    """The callback of Lightning's that looks for something that the model has not, for the start of a line."""
    frames = [frame for frame, _ in walk_tb(error.__traceback__) if not frame.f_code.co_filename.startswith(TORCH)]
    if isinstance(error, AttributeError) and frames and frames[-1].f_code.co_filename.startswith(CALLBACKS):
        return f"{type(frames[-1].f_locals.get('self')).__name__} does not fit the model: "
    return ""


def _own_file(error: BaseException) -> str:
    """Where a module of the user's own failed to be imported."""
    frames = [frame for frame in extract_tb(error.__traceback__) if not frame.filename.startswith("<frozen")]
    if not isinstance(error, ImportError) or not frames or frames[-1].filename.startswith((PARSER, PYTHON, *CHECKED)):
        return ""
    return f"{frames[-1].filename}, line {frames[-1].lineno}: "


def chain(error: BaseException) -> list[BaseException]:
    """An error and what it wraps, down to the first that jsonargparse did not raise, or else the innermost."""
    errors = [error]
    while (cause := errors[-1].__cause__) and raised_in(errors[-1], PARSER):
        errors.append(cause)
    return errors


def raised_in(error: BaseException, *folders: str) -> bool:
    """Whether code below one of these folders raised an error."""
    return extract_tb(error.__traceback__)[-1].filename.startswith(folders)


def _complaint(message: str, owner: str, key: str) -> str:
    name = owner.rpartition(".")[2] or "the command line"
    if found := re.match(r"Option '([^']+)' is not accepted", message):
        return f"unknown key {found[1]!r} of {name}{nearest(found[1], arguments(owner) if owner else _top_keys())}"
    if found := re.match(r"Expected a dot import path string: (\S+)", message):
        return misfit(found[1], owner, key)
    if found := UNKNOWN.search(message):
        unknown = ".".join(filter(None, found.groups()))
        return f"unknown key {unknown!r}{nearest(unknown, _top_keys())}"
    if found := re.match(r"the following arguments are required: (?:\w+\.)?(.+)", message):
        return f"{name} needs a value for {found[1]}, got none"
    return message


def _top_keys() -> list[str]:
    trainer = [f"trainer.{name}" for name in inspect.signature(Trainer.__init__).parameters if name != "self"]
    return [*sorted(TOP), *trainer]
