"""A command line whose configs are laid on each other before it is parsed."""

import math
import os
import re
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

from experiments.declare.configs import PACKAGE, Config, merged, nearest, parse_yaml, read_yaml, swaps
from experiments.declare.loader import Loader
from experiments.errors import UserError
from experiments.tracking import PROJECT


class _Dumper(yaml.SafeDumper):
    """Quotes what would else be read as another type: `'1e-3'` stays text."""

    yaml_implicit_resolvers = Loader.yaml_implicit_resolvers


def laid(words: Sequence[str]) -> list[str]:
    """The command line with its configs merged into one, which comes first: the other words count over configs.

    jsonargparse merges configs too, but where one swaps a class it keeps those arguments of the other class that the
    new one happens to take. Here a class starts from its own defaults, whether a config or a word puts it in.

    Raises:
        UserError: If a config cannot be read, is broken or not a mapping.
    """
    rest, contents = _split(words)[1], [content for _, content in layers(words)]
    if not contents:
        return rest
    config = merged(contents)
    for key, value in _assignments(rest):
        _drop_swapped(config, key, value)
    # On one line of YAML, since JSON has no infinity.
    text = yaml.dump(config, Dumper=_Dumper, default_flow_style=True, sort_keys=False, width=math.inf).strip()
    command = rest[:1] if rest and not rest[0].startswith("-") else []
    return [*command, "--config", text, *rest[len(command) :]]


def layers(words: Sequence[str]) -> list[tuple[str, Config]]:
    """The configs of a command line, in order: what they are called in errors, and what they say.

    Raises:
        UserError: If one cannot be read, is broken or not a mapping.
    """
    return [_named(text) for text in _split(words)[0]]


def _named(text: str) -> tuple[str, Config]:
    if text.lstrip().startswith("{"):
        return "--config", parse_yaml(text, "--config")
    return text, read_yaml(Path(text))


def config_files(words: Sequence[str]) -> list[Path]:
    """The config files that a command line names, in order; those that it holds as JSON are left out."""
    return [Path(text) for text in _split(words)[0] if not text.lstrip().startswith("{")]


def found(words: Sequence[str]) -> list[str]:
    """The command line with the path of each config that is called by its name in experiments/baselines or tricks.

    What is here under the word wins. Everything that looks at the words later sees paths only, and after `--wandb` a
    project.

    Raises:
        UserError: If there is neither a file nor a name; gives the nearest names.
    """
    left, paths = deque(words), []
    while left:
        name, equals, value = (word := left.popleft()).partition("=")
        if name in ("--config", "-c"):
            paths += ["--config", _path(value if equals else left.popleft() if left else "")]
        elif word == "--wandb":
            named = bool(left) and not left[0].startswith("-")
            paths.append(f"--wandb={left.popleft() if named else PROJECT}")
        else:
            paths.append(word)
    return paths


def _path(text: str) -> str:
    if not re.fullmatch(r"[\w-]+", text) or os.path.isfile(text):
        return text
    known = {file.stem: str(file) for kind in ("tricks", "baselines") for file in (PACKAGE / kind).glob("*.yaml")}
    if text not in known:
        where = "experiments/baselines or experiments/tricks"
        raise UserError(f"--config: no file and none of {where} is called {text!r}{nearest(text, sorted(known))}")
    return known[text]


def _split(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """The configs, and the other words."""
    texts, rest, left = [], [], iter(words)
    for word in left:
        name, equals, value = word.partition("=")
        if name in ("--config", "-c"):
            texts.append(value if equals else next(left, ""))
        else:
            rest.append(word)
    return texts, rest


def _assignments(words: Sequence[str]) -> Iterator[tuple[list[str], str]]:
    """The keys that words set, and to what."""
    for word, after in pairwise([*words, ""]):
        name, equals, value = word.partition("=")
        if name.startswith("--"):
            yield name[2:].split("."), value if equals else after


def _drop_swapped(config: Config, key: Sequence[str], value: str) -> None:
    """Take a class out of the config where a word is about to set another one."""
    keys = key[:-1] if key[-1] == "class_path" else key
    inside: Any = config
    for part in keys:
        if not isinstance(inside, dict):
            return
        place = inside if part in inside else inside.get("init_args") or {}
        inside = place.get(part)
    new = parse_yaml(value, f"--{'.'.join(key)}") if value.startswith("{") else value
    if isinstance(inside, dict) and swaps(inside, new):
        del place[keys[-1]]
