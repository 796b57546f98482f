"""The Python versions that the project names are those for which its pinned packages say that they can be installed."""

import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
NAMED = [name.rpartition(" ")[2] for name in PROJECT["classifiers"] if "Python :: 3." in name]


def pinned() -> list[Requirement]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


def test_requires_python_begins_where_the_named_versions_begin() -> None:
    assert PROJECT["requires-python"] == f">={NAMED[0]}"


def test_the_readme_names_them() -> None:
    assert f"Python {NAMED[0]} to {NAMED[-1]}" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_pinned_package_takes_every_named_version() -> None:
    """By its own metadata; whether there are wheels only an index can say, see the first lines of constraints.txt."""
    installed = {package.name.lower(): package.metadata for package in metadata.distributions()}
    checked = 0
    for pin in pinned():
        said = installed.get(pin.name.lower())
        if said is not None and pin.specifier.contains(said["Version"], prereleases=True):
            takes = SpecifierSet(said.get("Requires-Python") or "")
            assert [version for version in NAMED if version not in takes] == [], pin
            checked += 1
    assert checked > 50


def test_make_says_in_one_line_that_a_python_is_too_old(tmp_path):
    python = tmp_path / "python"
    says = "import sys; sys.version_info = (3, 9, 1); exec(sys.argv[2])"
    python.write_text(f"#!/bin/sh\nexec {sys.executable} -c '{says}' \"$@\"\n", encoding="utf-8")
    python.chmod(0o755)
    words = ["make", "--file", str(ROOT / "Makefile"), ".venv/bin/python", f"PYTHON={python}"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode
    line = f"Python {NAMED[0]} to {NAMED[-1]} is needed, got 3.9; name another: make PYTHON=python3.12"
    assert done.stderr.splitlines()[0] == line
    assert not (tmp_path / ".venv").exists()
