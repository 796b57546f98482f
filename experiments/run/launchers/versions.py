"""Versions on which the bits of a result hang, found without importing anything."""

import platform
from collections.abc import Mapping
from importlib import metadata

PACKAGES = ("trickbench", "torch", "lightning")


def find_versions() -> dict[str, str]:
    """Python's and the packages', of this machine."""
    return {"Python": platform.python_version()} | {name: version(name) for name in PACKAGES}


def version(package: str) -> str:
    """Of a package; what to say where it is not installed."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


def difference(runner: Mapping[str, str]) -> str:
    """How this machine differs from the one where the runner is; nothing if it does not."""
    here = find_versions()
    return ", ".join(
        f"{name} is {here.get(name)} on this node and {there} where the runner is"
        for name, there in runner.items()
        if here.get(name) != there
    )
