"""An ablation becomes a bundle; a bundle is verified: its files are as they were, and its report follows from them."""

import functools
import platform
import tempfile
from hashlib import sha256
from importlib import metadata
from itertools import zip_longest
from pathlib import Path

from experiments import __version__, lease
from experiments.declare.configs import PACKAGE
from experiments.errors import UserError
from experiments.files import read_json
from experiments.folder import REGISTRATION
from experiments.plan import registration
from experiments.plan.planned import Plan
from experiments.report.bundle import contents
from experiments.report.bundle.archive import Manifest, pack, unpack
from experiments.report.publish import TRIALS, VERDICTS
from experiments.results.stale import stale_lines
from experiments.run.shared import cite

LIBRARIES = ("numpy", "scipy", "statsmodels", "jinja2")  # what a report calculates and writes with
NUMBERS = (VERDICTS, TRIALS)  # what must follow from a bundle's files in any version
SOURCES = (".py", ".yaml", ".html", ".css", ".js", ".svg")


def bundle(plan: Plan, out: Path, pictures: bool = True) -> Manifest:
    """Write a bundle: what the ablation declares, was registered and has shown, and the report on that.

    The report is made from what the bundle holds, so that its commands are those to be given where it is unpacked.

    Args:
        plan: The ablation.
        out: The file.
        pictures: Whether it holds the images that the page shows.

    Raises:
        UserError: If no trial is finished, or the folder holds another registration than this plan's.
        DiskError: If it cannot be written.
    """
    if not registration.fault(plan):
        registration.check(plan)
    with lease.made(plan.folder), tempfile.TemporaryDirectory() as scratch:
        cite(plan)
        folder, outdated = Path(scratch), stale_lines(plan)
        contents.gather(plan, folder, pictures)
        before = _files(folder)
        study = contents.report(folder, outdated)
        if not any(row["status"].ended for row in study.rows):
            raise UserError(
                f"of {len(study.rows)} trials in {plan.folder} none is finished: nothing is there to bundle"
            )
        there = (read_json(plan.folder / REGISTRATION) or {}).get("sha256", "") if study.sha256 else ""
        hashes = {"registration": study.sha256, "registered_there": there}
        made = sorted(_files(folder) - before)
        said = {"ablation": plan.ablation.name, "versions": versions(), "stale": outdated, "report": made}
        return pack(folder, said | hashes, out)


def verify(file: Path) -> tuple[Manifest, list[str], list[str]]:
    """Check the hash of every file of a bundle, and report once more from its files, wherever this is.

    Returns:
        What it says of itself, a line for each file that is not as it was or does not follow from the others, and the
        names of those that another version of this program has written otherwise, which are none of its `NUMBERS`.

    Raises:
        UserError: If it is no bundle, cut off, or made by a newer version.
    """
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        manifest, wrong = unpack(file, folder)
        different = [] if wrong else _recomputed(manifest, folder)
    if not others(manifest):
        return manifest, wrong + [line for _, line in different], []
    wrong += [line for name, line in different if name in NUMBERS]
    return manifest, wrong, [name for name, _ in different if name not in NUMBERS]


def versions() -> dict[str, str]:
    """What a report is made by here."""
    program = {"trickbench": __version__, "its files": _program(), "Python": platform.python_version()}
    return program | {name: metadata.version(name) for name in LIBRARIES}


def others(manifest: Manifest) -> str:
    """What made the report in other versions than are here; empty if there is no such."""
    here = versions()
    names = [name for name in {**manifest.versions, **here} if manifest.versions.get(name) != here.get(name)]
    return ", ".join(f"{name} {manifest.versions.get(name, '–')} (here {here.get(name, '–')})" for name in names)


def _recomputed(manifest: Manifest, folder: Path) -> list[tuple[str, str]]:
    """Files that do not follow from the others, each with a line."""
    before = {name: (folder / name).read_bytes() for name in manifest.report if name in manifest.files}
    for name in before:
        (folder / name).unlink()
    try:
        contents.report(folder, manifest.stale)
    except UserError as error:
        return [(VERDICTS, f"the report cannot be made from the other files: {error}")]
    return [(Path(name).name, line) for name in before if (line := _difference(before[name], folder / name))]


def _difference(before: bytes, path: Path) -> str:
    """Where a file differs from what it was; empty if it does not."""
    now = path.read_bytes() if path.exists() else b""
    lines = zip_longest(before.split(b"\n"), now.split(b"\n"))
    first = next((number for number, (old, new) in enumerate(lines, 1) if old != new), None)
    return (
        f"{path.name} does not follow from the other files: recomputed, it differs from line {first} on"
        if first
        else ""
    )


def _files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@functools.cache
def _program() -> str:
    """A hash of this package's files, by which two versions of one number are told apart."""
    paths = [path for path in sorted(PACKAGE.rglob("*")) if path.suffix in SOURCES]
    parts = [part for path in paths for part in (path.relative_to(PACKAGE).as_posix().encode(), path.read_bytes())]
    return sha256(b"\n".join(parts)).hexdigest()[:12]
