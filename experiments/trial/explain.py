"""Errors of a parser or a constructor as one line: which key, what was wrong, what would be right."""

import inspect
import re
from pathlib import Path
from traceback import extract_tb

import jsonargparse
from lightning.pytorch import Trainer

from experiments.declare.configs import nearest
from experiments.trial.slots import arguments, misfit, own_class

PYTHON = str(Path(inspect.__file__).parent)  # importlib, where a module that is not there is missed
PARSER = str(Path(jsonargparse.__file__).parent)
# What a constructor said, in the list of all that a union tried.
OURS = re.compile(r"^ *- ([A-Z]\w+: .+)$", re.MULTILINE)
OWNER = re.compile(
    r"Problem with given class_path '([\w.]+)'"
    r"|Type [\s\S]*Got value: Namespace\((?:class_path='([\w.]+)'|[\s\S]*class_path='([\w.]+)'\)$)"
)


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
    message, key = f"{_own_file(root)}{' '.join(message.split())}", keys[-1] if keys else ""
    if re.fullmatch(r"No module named '[\w.]+'|module '[\w.]+' has no attribute '\w+'", message):
        complaint = f"{message}{own_class(['', *owners][-2], key)}"  # the last is what is missing
    else:
        complaint = _complaint(message, owners[-1], key)
    return f"{'.'.join(keys)}: {complaint}" if keys else complaint


def _own_file(error: BaseException) -> str:
    """Where a module of the user's own failed to be imported."""
    frames = [frame for frame in extract_tb(error.__traceback__) if not frame.filename.startswith("<frozen")]
    if not isinstance(error, ImportError) or not frames or frames[-1].filename.startswith((PARSER, PYTHON)):
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
        return f"unknown key {found[1]!r} of {name}{nearest(found[1], arguments(owner))}"
    if found := re.match(r"Expected a dot import path string: (\S+)", message):
        return misfit(found[1], owner, key)
    if found := re.search(r"(?:does not accept option '|unrecognized arguments: --)([\w.]+)", message):
        return f"unknown key {found[1]!r}{nearest(found[1], _top_keys())}"
    if found := re.match(r"the following arguments are required: (?:\w+\.)?(.+)", message):
        return f"{name} needs a value for {found[1]}, got none"
    return message


def _top_keys() -> list[str]:
    trainer = [f"trainer.{name}" for name in inspect.signature(Trainer.__init__).parameters if name != "self"]
    return ["trainer", "model", "data", "about", "seed_everything", "threads", "ckpt_path", *trainer]
