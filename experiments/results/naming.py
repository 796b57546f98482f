"""Which arm and which seed a run is of."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from experiments.declare.configs import nearest
from experiments.errors import UserError
from experiments.results.readers.run import Run

FIELDS = {"{arm}": r"(?P<arm>[^/]+?)", "{seed}": r"(?P<seed>\d+(?:\.0*)?)", "*": "[^/]*"}
USUAL = re.compile(r"(?:^|/)(?P<arm>[^/]+?)[/_-]seed[-_=]?(?P<seed>\d+)(?:/|$)")  # fpn/seed-0, fpn-seed0


@dataclass(frozen=True)
class Naming:
    """Where arm and seed of a run are written.

    Args:
        arm: Column or hyperparameter; None: `arm`, or what the usual names of folders say.
        seed: Likewise.
        pattern: Of the runs' folders or names, such as `{arm}/seed-{seed}`; `*` stands for anything within one name.

    Raises:
        UserError: for a pattern that tells neither, or what is told twice.
    """

    arm: str | None = None
    seed: str | None = None
    pattern: str | None = None

    def __post_init__(self) -> None:
        told = [name for name in ("arm", "seed") if f"{{{name}}}" in (self.pattern or "")]
        if self.pattern is not None and not told:
            raise UserError(f"--runs must hold {{arm}} or {{seed}}, as '{{arm}}/seed-{{seed}}' does: {self.pattern!r}")
        for name in told:
            if getattr(self, name) is not None:
                raise UserError(f"--{name} and the {{{name}}} of --runs both name the {name}; give one of them")

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """The pattern, or the usual one."""
        if self.pattern is None:
            return USUAL
        parts = [part for part in re.split(r"(\{[^{}]*\}|\*)", self.pattern) if part]
        for part in parts:
            if part.startswith("{") and (part not in FIELDS or parts.count(part) > 1):
                raise UserError(f"--runs takes {{arm}}, {{seed}} once each, and *, got {part!r} in {self.pattern!r}")
        return re.compile(f"(?:^|/){''.join(FIELDS.get(part, re.escape(part)) for part in parts)}(?:/|$)")

    def place(self, run: Run) -> tuple[str, str] | None:
        """Arm and seed of a run as they are written; None if it does not fit the pattern.

        Raises:
            UserError: If nothing tells them.
        """
        found = next(filter(None, map(self.regex.search, run.names)), None)
        if self.pattern is not None and found is None:
            return None
        told = found.groupdict() if found else {}
        return self._told("arm", run, told), self._told("seed", run, told)

    def _told(self, noun: str, run: Run, told: Mapping[str, str]) -> str:
        name: str | None = getattr(self, noun)
        column = key(name or noun, run.settings)
        if noun in told and (self.pattern is not None or (column is None and name is None)):
            return told[noun]
        if column is not None:
            return run.settings[column]
        kind, more = ("column", "") if not run.names else ("hyperparameter", f" and {run.names[0]!r} does not tell it")
        hint = f"; name it with --{noun}" + ", or by --runs '{arm}/seed-{seed}'" * bool(run.names)
        raise UserError(f"{run.where}: no {kind} {name or noun!r}{more}{nearest(name or noun, run.settings)}{hint}")


def key(name: str, settings: Mapping[str, str]) -> str | None:
    """The setting of that name, or the only one whose dotted key ends with it."""
    ends = [name] if name in settings else [each for each in settings if re.split(r"[./]", each)[-1] == name]
    return ends[0] if len(ends) == 1 else None


def seed_number(text: str) -> int | None:
    """The number of a seed, which spreadsheets write as `0.0`; None if it is not an integer."""
    whole = re.fullmatch(r"([+-]?\d+)(?:\.0*)?", text)
    try:
        return int(whole[1]) if whole else None
    except ValueError:  # more digits than Python reads
        return None
