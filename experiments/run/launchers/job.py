"""What launchers run."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Job:
    """A call in a process of its own.

    Args:
        call: `module:function`, imported in the child; the integer it returns is the exit code.
        args: Its arguments.
        log: File that its output is appended to.
        alone: Whether it takes one device, however many a trial does, and shares a GPU with no other: to be measured.
    """

    call: str
    args: tuple[Any, ...]
    log: Path
    alone: bool = False

    def note(self, line: str) -> None:
        """Append a line to its log."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("a", encoding="utf-8") as log:
            log.write(f"{line}\n")

    def last_line(self) -> str:
        """Of its log: why it failed, if it could say so; empty if it said nothing."""
        said = self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""
        return next((line for line in reversed(said.splitlines()) if line.strip()), "")
