"""Configs as a trial would save them, and the model that a trial would build of them."""

import functools
import math
from typing import Any

import yaml
from jsonargparse import Namespace

from experiments.declare import configs
from experiments.declare.configs import Config
from experiments.declare.words import laid
from experiments.trial import train
from lightning_modules.tasks.base import DenseModule


class Parsed(train.TrainCLI):
    """The command line of a trial, parsed; nothing is built."""

    def instantiate_classes(self) -> None:
        pass


@functools.cache
def parser() -> Any:
    return Parsed(["--config", str(configs.find("baselines", "digits"))], run=False).parser


def command_line(*contents: Config) -> tuple[str, ...]:
    """The words that lay these contents on each other; YAML on one line, as JSON has no infinity."""
    lines = [yaml.safe_dump(content, default_flow_style=True, width=math.inf).strip() for content in contents]
    return tuple(word for line in lines for word in ("--config", line))


def resolve(*contents: Config) -> Config:
    """The config of these layers with every default filled in, as a trial would save it."""
    resolved = _parsed(*command_line(*contents)).as_dict()
    return {key: value for key, value in resolved.items() if key not in ("config", "about")}


def build(*contents: Config) -> DenseModule:
    """The model of these layers, under the global seed."""
    return parser().instantiate_classes(_parsed(*command_line(*contents))).model


@functools.cache
def _parsed(*words: str) -> Namespace:
    return parser().parse_args(laid(words))
