"""Prints the tables of docs/claims.md from the comments that open experiments/claims/*.yaml: `make claims`."""

import re
from pathlib import Path

from experiments.declare import configs

FILES = sorted((configs.PACKAGE / "claims").glob("*.yaml"))
REAL = sorted((configs.PACKAGE / "claims/real").glob("*.yaml"))
FIELDS = ("Claim", "Condition", "Published", "Expected", "Limits", "Command", "Length", "Measured", "Explained")
NO_TEST = "not a test of the claim"


def comment(file: Path) -> str:
    """The comment that opens a YAML file, on one line."""
    lines = file.read_text(encoding="utf-8").splitlines()
    return " ".join(line.removeprefix("#").strip() for line in lines if line.startswith("#"))


def sheet(file: Path) -> dict[str, str]:
    """What a claim's comment says, by field; `Measured` is missing where it was not run whole."""
    parts = re.split(rf"({'|'.join(FIELDS)})(?=: | \(\d+ seeds\): )", comment(file))[1:]
    return {field: said.strip(": ") for field, said in zip(parts[::2], parts[1::2], strict=True)}


def row(file: Path) -> str:
    """A line of a table."""
    said = sheet(file)
    found = said.get("Measured", "not run whole yet").replace("): ", ") ", 1)
    limits = [said["Limits"]] if "Limits" in said else []
    return f"| `{file.stem}` | {claimed(said)} | {'<br>'.join([*limits, f'*measured*: {found}'])} |"


def claimed(said: dict[str, str]) -> str:
    """What is claimed, and below it under which condition: prose needs columns that are few and wide."""
    return f"{said['Claim']}<br>*condition*: {said['Condition']}"


def tests() -> list[str]:
    """The lines of the table of claims that scenes of digits can test."""
    return [*_head(), *(row(file) for file in FILES if not sheet(file)["Limits"].startswith(NO_TEST))]


def others() -> list[str]:
    """The lines of the table of those that they cannot."""
    return [*_head(), *(row(file) for file in FILES if sheet(file)["Limits"].startswith(NO_TEST))]


def _head() -> list[str]:
    return ["| claims/ | claim and condition | what it can test, and what was measured |", "|---|---|---|"]


if __name__ == "__main__":
    print("\n".join([*tests(), "", *others()]))
