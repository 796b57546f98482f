"""A job's folder as bytes, and a job that fits into another machine's: for clusters without a shared folder."""

import io
import json
import math
import tarfile
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from experiments.declare.words import layers
from experiments.files import replacing
from experiments.folder import LEASE, RESULT

Times = Mapping[str, int]


def times(folder: Path) -> dict[str, int]:
    """When each of its files changed last, by its path within."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.parent.name != LEASE]
    return {str(path.relative_to(folder)): path.stat().st_mtime_ns for path in files}


def pack(folder: Path, known: Times | None = None) -> bytes:
    """An archive of a folder's files.

    Args:
        folder: Need not be there.
        known: Leaves out those that have not changed since; see `times`.
    """
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as archive:
        for name, changed in sorted(times(folder).items(), key=lambda item: item[0] == RESULT):
            if (known or {}).get(name) != changed:
                archive.add(folder / name, name)
    return held.getvalue()


def unpack(packed: bytes, folder: Path) -> None:
    """Put an archive's files into a folder, each whole, the result last: with it a trial is done."""
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        for member in archive:
            content = archive.extractfile(tarfile.data_filter(member, str(folder)))
            if content:
                with replacing(folder / member.name) as part:
                    part.write_bytes(content.read())


def moved(value: Any, folder: Path, to: Path) -> Any:
    """A job, or a part of one, for another folder; configs are written into its command lines.

    Args:
        value: Whatever a job holds.
        folder: The path that is replaced, in paths and in texts.
        to: By which.
    """
    if isinstance(value, Path):
        return to / value.relative_to(folder) if value.is_relative_to(folder) else value
    if isinstance(value, str):
        return value.replace(str(folder), str(to))
    if isinstance(value, tuple | list):
        return type(value)(moved(item, folder, to) for item in _whole(value))
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{f.name: moved(getattr(value, f.name), folder, to) for f in fields(value)})
    return value


def _whole(words: tuple[Any, ...] | list[Any]) -> list[Any]:
    """A command line with the contents of its configs instead of their paths; anything else as it is."""
    if "--config" not in words:
        return list(words)
    contents = iter([_text(content) for _, content in layers(words)])
    return [next(contents) if before == "--config" else word for before, word in zip(["", *words], words, strict=False)]


def _text(content: Mapping[str, Any]) -> str:
    """On one line; YAML, since JSON has no infinity."""
    try:
        return json.dumps(content, allow_nan=False)
    except ValueError:
        return yaml.safe_dump(content, default_flow_style=True, sort_keys=False, width=math.inf).strip()
