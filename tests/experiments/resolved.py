"""Configs as a trial would save them, without building anything."""

import functools
import json
from typing import Any

from experiments import layers, train
from experiments.layers import Config


class Parsed(train.TrainCLI):
    """The command line of a trial, parsed; nothing is built."""

    def instantiate_classes(self) -> None:
        pass


@functools.cache
def parser() -> Any:
    return Parsed(["--config", str(layers.find("baselines", "digits"))], run=False).parser


def resolve(*contents: Config) -> Config:
    """The config of these layers with every default filled in, as a trial would save it."""
    return resolve_words(*(word for content in contents for word in ("--config", json.dumps(content))))


@functools.cache
def resolve_words(*words: str) -> Config:
    resolved = parser().parse_args(list(words)).as_dict()
    return {key: value for key, value in resolved.items() if key not in ("config", "about")}
