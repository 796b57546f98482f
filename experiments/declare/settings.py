"""A user's settings, the same for all ablations: `trickbench.yaml` in the XDG configuration folder."""

import os
from pathlib import Path
from typing import Any

from experiments.declare.configs import Config, nearest, read_yaml
from experiments.errors import UserError

LAUNCHER = "the name of a launcher, or {class_path: Slurm, init_args: {…}}"


def settings_file() -> Path:
    """Where it lies: under $XDG_CONFIG_HOME, or else ~/.config."""
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "trickbench.yaml"


def read_settings() -> Config:
    """The settings; none if there is no such file.

    Raises:
        UserError: Names the file, and the key that is unknown or whose value is wrong.
    """
    file = settings_file()
    if not file.exists():
        return {}
    content = read_yaml(file)
    for key, value in content.items():
        if key != "launcher":
            raise UserError(f"{file}: unknown key {key!r}{nearest(str(key), ['launcher'])}")
        if not is_launcher(value):
            raise UserError(f"{file}: launcher must be {LAUNCHER}, got {value!r}")
    return content


def is_launcher(value: Any) -> bool:
    """Whether it names a class, alone or with arguments."""
    if isinstance(value, dict) and value.keys() <= {"class_path", "init_args"}:
        arguments = value.get("init_args", {})
        value = value.get("class_path") if isinstance(arguments, dict) and all(map(_is_name, arguments)) else None
    return isinstance(value, str) and bool(value)


def _is_name(key: Any) -> bool:
    return isinstance(key, str)
