"""The launcher of an ablation: what the command line says, over the ablation, over the user's settings."""

import inspect
import pkgutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from experiments.declare.ablation import Ablation
from experiments.declare.configs import Config, merged, nearest, parse_yaml, read_yaml
from experiments.declare.settings import LAUNCHER, is_launcher, read_settings
from experiments.errors import UserError
from experiments.run.launchers.launcher import Demand, Launcher

KNOWN = {name: f"experiments.run.launchers.{name.lower()}:{name}" for name in ("Local", "Slurm", "Ray")}


def choose_launcher(ablation: Ablation, asked: str | None, demand: Demand, **words: Any) -> Launcher:
    """Make the launcher of an ablation.

    Args:
        ablation: May name one.
        asked: What `--launcher` says: a name, a mapping or a YAML file.
        demand: Of its trials.
        words: Arguments that the command line gives to any launcher; None for those that it leaves out.

    Raises:
        UserError: For a launcher or an argument that does not exist, and what the constructor refuses.
    """
    layers = [read_settings(), {"launcher": ablation.launcher} if ablation.launcher else {}]
    layers += [] if asked is None else [{"launcher": _read(asked)}]
    config = merged([{"launcher": {"class_path": "Local"}}, *layers])["launcher"]
    name, arguments = (config, {}) if isinstance(config, str) else (config["class_path"], config.get("init_args", {}))
    kind: Callable[..., Launcher] = _class(name)
    given = {**arguments, **{key: value for key, value in words.items() if value is not None}}
    known = [*inspect.signature(kind).parameters][1:]
    for key in given:
        if key not in known:
            raise UserError(f"launcher {name} takes no {key!r}{nearest(key, known)}")
    try:
        return kind(demand, **given)
    except ValueError as error:
        raise UserError(f"launcher {error}") from error


def _read(asked: str) -> Config | str:
    if not asked.lstrip().startswith("{") and not asked.endswith((".yaml", ".yml")):
        return asked
    read = parse_yaml(asked, "--launcher") if asked.lstrip().startswith("{") else read_yaml(Path(asked))
    if not is_launcher(read):
        raise UserError(f"--launcher must be {LAUNCHER}, got {read!r}")
    return read


def _class(name: str) -> type[Launcher]:
    """The class of a short name or an import path."""
    try:
        kind = pkgutil.resolve_name(KNOWN.get(name, name))
    except (ImportError, AttributeError, ValueError) as error:
        raise UserError(f"unknown launcher {name!r}{nearest(name, KNOWN)}") from error
    if not (isinstance(kind, type) and issubclass(kind, Launcher)):
        raise UserError(f"{name} is not a Launcher{nearest(name, KNOWN)}")
    return kind
