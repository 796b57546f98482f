"""Work folders of mmengine (mmdet, mmseg …): `vis_data/scalars.json`, a JSON object a line, and `config.py`."""

import ast
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from experiments.errors import UserError
from experiments.results.readers.run import Run, names_of
from experiments.results.readers.settings import texts

HOLDS = "mmengine's vis_data/*.json"
SCALARS = "scalars.json"  # all that was logged; the JSON that is named by its time holds the same


def places(files: Sequence[Path]) -> list[Path]:
    """The log of each vis_data folder among files."""
    logs: dict[Path, Path] = {}
    for file in files:
        if file.suffix == ".json" and (file.parent.name == "vis_data" or file.name == SCALARS):
            logs[file.parent] = file if file.name == SCALARS else logs.get(file.parent, file)
    return list(logs.values())


def read(place: Path, root: Path) -> list[Run]:
    """The one run of a folder."""
    logged: dict[str, list[str]] = {}
    for line in _lines(place):
        for name, value in line.items():
            logged.setdefault(name, []).append(str(value))
    folder = place.parent
    return [Run(str(place), _settings(folder / "config.py"), logged, names_of(folder, root))]


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"cannot read {path}: {error}") from error
    for number, line in enumerate(lines, 1):
        try:
            content = json.loads(line or "{}")
        except (ValueError, RecursionError) as error:
            if number == len(lines):
                return  # what a killed run was writing
            raise UserError(f"{path}, line {number}: not JSON ({error})") from error
        if not isinstance(content, dict):
            raise UserError(f"{path}, line {number}: must be a JSON object, as mmengine logs them, got {line[:40]!r}")
        yield content


def _settings(config: Path) -> dict[str, str]:
    """What a config assigns, `randomness.seed` among it; nothing where it is not there or not plain."""
    try:
        tree = ast.parse(config.read_text(encoding="utf-8"))
    except (OSError, ValueError, SyntaxError, RecursionError):
        return {}
    plain = (node for node in tree.body if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name))
    return texts({node.targets[0].id: _value(node.value) for node in plain if isinstance(node.targets[0], ast.Name)})


def _value(node: ast.expr) -> Any:
    """A value as mmengine dumps it: mappings as `dict(…)`."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "dict":
        return {word.arg: _value(word.value) for word in node.keywords if word.arg}
    try:
        return ast.literal_eval(node)
    except (ValueError, RecursionError):
        return None
