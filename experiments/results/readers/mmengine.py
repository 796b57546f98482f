"""Work folders of mmengine (mmdet, mmseg …): `vis_data/scalars.json`, a JSON object a line, and `config.py`."""

import ast
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from experiments.errors import UserError
from experiments.results.readers.run import Run, names_of
from experiments.results.readers.settings import texts

HOLDS = "mmengine's vis_data/*.json"
SCALARS = "scalars.json"  # all that was logged; the JSON that is named by its time holds the same
STAMP = re.compile(r"\d{8}_\d{6}")


def places(files: Sequence[Path]) -> list[Path]:
    """The log of each vis_data folder among files; of a run that was resumed, the last."""
    logs = _logs(files)
    return [log for log in logs if not any(_goes_on(other, log) for other in logs)]


def _logs(files: Iterable[Path]) -> list[Path]:
    logs: dict[Path, Path] = {}
    for file in files:
        if file.suffix == ".json" and (file.parent.name == "vis_data" or file.name == SCALARS):
            logs[file.parent] = file if file.name == SCALARS else logs.get(file.parent, file)
    return list(logs.values())


def _goes_on(log: Path, before: Path) -> bool:
    """Whether a log of the same work folder begins later than at another's first iteration."""
    (work, start), (other, earlier) = _start(log), _start(before)
    if not start or work != other or start <= earlier:
        return False
    began, first = (next((line["iter"] for line in _lines(file) if "iter" in line), 0) for file in (log, before))
    return bool(began > first)


def _start(log: Path) -> tuple[Path, str]:
    """The folder of a run and the name of one of its starts: `WORK/20260101_120000/vis_data/scalars.json`."""
    found = log.parent.name == "vis_data" and STAMP.fullmatch(log.parents[1].name)
    return (log.parents[2], log.parents[1].name) if found else (log, "")


def read(place: Path, root: Path) -> list[Run]:
    """The one run of a folder, with the starts before that it goes on from."""
    work, start = _start(place)
    beside = _logs(sorted(work.glob("*/vis_data/*.json"))) if start and place != root else []
    logged: dict[str, list[tuple[int, str]]] = {}
    for log in [*(other for other in beside if _goes_on(place, other)), place]:
        for name, values in _logged(log).items():
            before = [value for value in logged.get(name, []) if value[0] < values[0][0]]
            logged[name] = before + values
    folder = place.parent
    told = {name: [value for _, value in values] for name, values in logged.items()}
    return [Run(str(place), _settings(folder / "config.py"), told, names_of(folder, root))]


def _logged(log: Path) -> dict[str, list[tuple[int, str]]]:
    """Name → steps and values."""
    found: dict[str, list[tuple[int, str]]] = {}
    for line in _lines(log):
        for name, value in line.items():
            found.setdefault(name, []).append((line.get("step", 0), str(value)))
    return found


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
