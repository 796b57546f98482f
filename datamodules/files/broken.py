"""What is broken in annotations, gathered so that one message names all of it."""

from collections.abc import Iterator
from contextlib import contextmanager

SHOWN = 5  # faults that are written out


class LeftOut(UserWarning):
    """Something was left out, as is right: to be said, and no fault."""


class Broken:
    """Gathers faults while files are read on."""

    def __init__(self) -> None:
        self.found: list[str] = []

    @contextmanager
    def gathered(self) -> Iterator[None]:
        """Keep the message of a ValueError that is raised inside, and go on after it."""
        try:
            yield
        except ValueError as error:
            self.found.append(str(error))

    def refuse(self) -> None:
        """End here if a fault was gathered.

        Raises:
            ValueError: If so; a lone one as it was, of several how many, the first of them, and what to do.
        """
        if len(self.found) == 1:
            raise ValueError(self.found[0])
        if self.found:
            others = len(self.found) - SHOWN
            first, more = "; ".join(self.found[:SHOWN]), f"; and {others} more" if others > 0 else ""
            raise ValueError(f"{len(self.found)} annotations are broken, correct or delete them: {first}{more}")
