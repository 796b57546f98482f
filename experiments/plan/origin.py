"""The origin of a training: all that it is made from, computed alike by the plan and by the training itself."""

import functools
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from experiments import code
from experiments.declare.configs import Config, read_yaml
from experiments.declare.loader import Loader

# Words that say where and how loudly to train, and where to go on from; every other one decides the result.
BESIDE = {f"trainer.{name}" for name in ("default_root_dir", "enable_progress_bar", "enable_model_summary")}
BESIDE |= {"ckpt_path", "search"}


class Code:
    """The code that configs name, read when it is first asked for.

    Args:
        texts: Configs, or single words.
    """

    def __init__(self, texts: Sequence[Config | str]) -> None:
        self.texts = texts

    @functools.cached_property
    def modules(self) -> dict[str, str]:
        """See `code.hashes`."""
        return code.hashes(self.texts)

    def changed(self, made_from: Mapping[str, Any]) -> list[str]:
        """The modules that were others in what a file says it was made from; all, if it does not say."""
        before = made_from.get("code")
        before = before if isinstance(before, dict) else {}
        return [name for name in sorted({*before, *self.modules}) if before.get(name) != self.modules.get(name)]


@dataclass(frozen=True)
class Origin:
    """What a training is made from; two trainings of one origin end in the same result.

    Args:
        config: Digest of its configs' contents and of the words beside them: seed, threads, limits.
        code: The code that these name.
    """

    config: str
    code: Code = field(compare=False)

    @property
    def record(self) -> dict[str, Any]:
        """As trial.json, result.json and checkpoints hold it."""
        return {"config": self.config, "code": self.code.modules}

    @functools.cached_property
    def fingerprint(self) -> str:
        """One hash for all of it."""
        return _digest(self.record)


def of_layers(layers: Sequence[Config], words: Sequence[str], code: Code) -> Origin:
    """The origin of a training.

    Args:
        layers: Contents of its configs, in order, without what they say of themselves.
        words: What its command line says behind them, as `key=value`.
        code: The code that these name; the same for all trials of an arm.
    """
    return Origin(_digest([*layers, *words]), code)


def of_words(words: Sequence[str]) -> Origin:
    """The origin of a training by its command line; one that says the same in another order has another.

    Raises:
        UserError: If a config cannot be read.
    """
    layers: list[Config] = []
    others: list[str] = []
    for key, value in pairs(words):
        if key == "config" and not others:
            layers.append({name: said for name, said in _layer(value).items() if name != "about"})
        elif key not in BESIDE:
            others.append(f"{key}={value}")
    return of_layers(layers, others, Code([*layers, *(word.partition("=")[2] for word in others)]))


def pairs(words: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Option and value of each of a command line's words, written as one word or as two."""
    left = iter(words)
    for word in left:
        key, given, value = word.removeprefix("--").partition("=")
        yield key, value if given else next(left, "")


def _layer(word: str) -> Config:
    if not word.lstrip().startswith("{"):
        return read_yaml(Path(word))
    try:
        return dict(yaml.load(word, Loader))
    except yaml.YAMLError:
        return {word: None}  # the parser says what is wrong


def _digest(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()
