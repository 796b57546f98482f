"""What a training is made from: computed alike by the plan and by the training itself, and compared."""

import functools
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from experiments.declare.configs import Config, read_yaml
from experiments.declare.loader import Loader

# Words that say where and how loudly to train, and where to go on from; every other one decides the result.
BESIDE = {f"trainer.{name}" for name in ("default_root_dir", "enable_progress_bar", "enable_model_summary")}
BESIDE |= {"ckpt_path"}


@dataclass(frozen=True)
class Origin:
    """What a training is made from; two trainings of one origin end in the same result.

    Args:
        config: Digest of its configs' contents and of the words beside them: seed, threads, limits.
    """

    config: str

    @property
    def record(self) -> dict[str, Any]:
        """As trial.json, result.json and checkpoints hold it."""
        return {"config": self.config}

    @functools.cached_property
    def fingerprint(self) -> str:
        """One hash for all of it."""
        return _digest(self.record)


def of_layers(layers: Sequence[Config], words: Sequence[str]) -> Origin:
    """The origin of a training.

    Args:
        layers: Contents of its configs, in order.
        words: What its command line says behind them, as `key=value`.
    """
    kept = [{key: value for key, value in layer.items() if key != "about"} for layer in layers]
    return Origin(_digest([*kept, *words]))


def of_words(words: Sequence[str]) -> Origin:
    """The origin of a training by its command line; one that says the same in another order has another.

    Raises:
        UserError: If a config cannot be read.
    """
    layers: list[Config] = []
    others: list[str] = []
    for key, value in _pairs(words):
        if key == "config" and not others:
            layers.append(_layer(value))
        elif key not in BESIDE:
            others.append(f"{key}={value}")
    return of_layers(layers, others)


def _pairs(words: Sequence[str]) -> Iterator[tuple[str, str]]:
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
