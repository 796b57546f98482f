"""A malformed input: a command line, the files that it finds, and what has to be said of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.experiments import tiny

Files = Mapping[str, "bytes | str | dict[str, Any]"]  # a mapping is written as YAML
QUIET = ("--trainer.enable_progress_bar=false", "--trainer.enable_model_summary=false")


@dataclass(frozen=True)
class Case:
    """One command line in a folder of its own.

    Args:
        name: Of the test.
        words: The command line; paths are seen from the folder.
        says: Words of which the one line holds at least one: the key, the file or the value.
        files: What lies in the folder.
        code: Exit code: 2 for bad input, 1 where the disk fails.
    """

    name: str
    words: tuple[str, ...]
    says: tuple[str, ...]
    files: Files = field(default_factory=dict)
    code: int = 2

    def lay(self, folder: Path) -> None:
        """Write its files."""
        for name, content in self.files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            text = yaml.safe_dump(content, allow_unicode=True) if isinstance(content, dict) else content
            (folder / name).write_bytes(text.encode() if isinstance(text, str) else text)


def nested(key: str, value: Any) -> Any:
    """A layer that sets one dotted key."""
    for name in reversed(key.split(".")):
        value = {name: value}
    return value


def training(command: str, *files: str) -> tuple[str, ...]:
    """A quiet training into `out` over the baseline and these layers."""
    layers = [word for file in ("base.yaml", *files) for word in ("--config", file)]
    return (command, *layers, *QUIET, "--trainer.default_root_dir=out")


def numbered(cases: Iterator[Case]) -> list[Case]:
    """The cases, with names that tell them apart."""
    seen: dict[str, int] = {}
    named = []
    for case in cases:
        name = case.name if len(case.name) < 70 else f"{case.name[:66]}…"
        seen[name] = seen.get(name, 0) + 1
        named.append(
            Case(f"{name} ({seen[name]})" if seen[name] > 1 else name, case.words, case.says, case.files, case.code)
        )
    return named


BASE = {"base.yaml": {"threads": 1, **tiny.BASELINE}}
ABLATION = {"baseline": "base.yaml", "tricks": ["focal"], "sesoi": 0.01, "seeds": 2}
