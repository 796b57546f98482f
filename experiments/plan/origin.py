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
from experiments.declare.configs import Config, merged, read_yaml, trained
from experiments.declare.loader import Loader

# Words that say where and how loudly to train, where to go on from and who watches; every other one decides the result.
BESIDE = {f"trainer.{name}" for name in ("default_root_dir", "enable_progress_bar", "enable_model_summary")}
BESIDE |= {"ckpt_path", "search", "wandb"}
_ENCODER = json.JSONEncoder(sort_keys=True, default=str)


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

    @functools.cached_property
    def digest(self) -> str:
        """One hash for all of it."""
        return digest(self.modules)

    def changed(self, made_from: Mapping[str, Any]) -> list[str]:
        """The modules that were others in what a file says it was made from; all, if it does not say."""
        before = made_from.get("code")
        before = before if isinstance(before, dict) else {}
        if before == self.modules:
            return []
        return [name for name in sorted({*before, *self.modules}) if before.get(name) != self.modules.get(name)]


@dataclass(frozen=True)
class Origin:
    """What a training is made from; two trainings of one origin end in the same result.

    Args:
        config: Digest of its merged config and of the words beside it: seed, threads, limits.
        code: The code that these name.
    """

    config: str
    code: Code = field(compare=False)

    @property
    def record(self) -> dict[str, Any]:
        """As trial.json, result.json and checkpoints hold it."""
        return {"config": self.config, "code": self.code.modules}

    @property
    def address(self) -> str:
        """Name of its folder, the same whatever the code is."""
        return self.config[:16]

    @functools.cached_property
    def fingerprint(self) -> str:
        """One hash for all of it."""
        return digest(self.record)


def of_config(config: str, words: Sequence[str], code: Code) -> Origin:
    """The origin of a training.

    Args:
        config: Digest of its configs merged, without what they say of themselves; the same for all trials of an arm.
        words: What its command line says behind them, as `key=value`.
        code: The code that these name.
    """
    return Origin(digest([config, *words]), code)


def of_words(words: Sequence[str]) -> Origin:
    """The origin of a training by its command line; one whose words are in another order has another.

    Raises:
        UserError: If a config cannot be read.
    """
    layers, others = _parts(words)
    config = merged(layers)
    return of_config(digest(config), others, Code([config, *(word.partition("=")[2] for word in others)]))


def before_merging(words: Sequence[str]) -> str:
    """The digest that trials had before their configs were merged for it."""
    layers, others = _parts(words)
    return digest([*layers, *others])


def digest(content: Any) -> str:
    """A hash of anything that JSON holds; the order of keys does not matter."""
    return hashlib.sha256(_ENCODER.encode(content).encode()).hexdigest()


def _parts(words: Sequence[str]) -> tuple[list[Config], list[str]]:
    """What of the configs decides the result, and the other words that do."""
    layers: list[Config] = []
    others: list[str] = []
    for key, value in pairs(words):
        if key == "config" and not others:
            layers.append(trained(_layer(value)))
        elif key not in BESIDE:
            others.append(f"{key}={value}")
    return layers, others


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
