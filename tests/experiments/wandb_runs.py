"""What W&B's offline runs hold, read from their files."""

import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from wandb.proto.wandb_internal_pb2 import Record

HEADER, BLOCK = 7, 32768  # bytes of a file's or a chunk's header, and of a block, in LevelDB's log format
FIRST, MIDDLE, LAST, WHOLE = 2, 3, 4, 1


class OfflineRun:
    """One `.wandb` file.

    Args:
        file: Its path.
    """

    def __init__(self, file: Path) -> None:
        self.run: Any = None
        self.history: list[dict[str, Any]] = []
        self.config: set[str] = set()
        self.summary: dict[str, Any] = {}
        self.exit_code: int | None = None
        for record in records(file):
            kind = record.WhichOneof("record_type")
            if kind == "run":
                self.run = self.run or record.run
                self.config |= {update.key for update in record.run.config.update}
            elif kind == "config":
                self.config |= {update.key for update in record.config.update}
            elif kind == "history":
                self.history.append(values(record.history.item))
            elif kind == "summary":
                self.summary |= values(record.summary.update)
            elif kind == "exit":
                self.exit_code = record.exit.exit_code


def offline_runs(folder: Path) -> list[OfflineRun]:
    """The offline runs of a trial, in the order of its processes."""
    return [OfflineRun(file) for file in sorted(folder.glob("wandb/offline-run-*/*.wandb"))]


def values(items: Any) -> dict[str, Any]:
    """Keys and values of a record's items; nested keys are joined."""
    return {item.key or "/".join(item.nested_key): json.loads(item.value_json) for item in items}


def records(file: Path) -> Iterator[Record]:
    """The records of a file, up to where a kill cut it off."""
    content, at, parts = file.read_bytes(), HEADER, b""
    while at + HEADER <= len(content):
        if BLOCK - at % BLOCK < HEADER:
            at += BLOCK - at % BLOCK
            continue
        _, length, kind = struct.unpack_from("<IHB", content, at)
        parts = (
            content[at + HEADER : at + HEADER + length]
            if kind in (WHOLE, FIRST)
            else parts + content[at + HEADER : at + HEADER + length]
        )
        at += HEADER + length
        if kind in (WHOLE, LAST):
            yield Record.FromString(parts)
