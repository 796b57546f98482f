"""A bundle on disk: files whose bytes hang on their content alone, with a hash of each."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import Any

from experiments.errors import UserError
from experiments.plan.origin import digest
from experiments.report.bundle import container

FORMAT, VERSION = "trickbench bundle", 2  # 2: a tar; 1 was a zip
MANIFEST = "manifest.json"
ENDINGS = (
    ".yaml",
    ".json",
    ".jsonl",
    ".csv",
    ".md",
    ".tex",
    ".html",
    ".svg",
    ".npz",
    ".zip",
)  # of what it holds; nothing that could be run
MOST = 2**32  # bytes, unpacked
KINDS = {"ablation": str, "registration": str, "versions": dict, "stale": list, "report": list, "files": dict}


@dataclass(frozen=True)
class Manifest:
    """What a bundle says of itself.

    Args:
        ablation: Name of the ablation.
        registration: The registered hash; empty if nothing was registered.
        versions: What made the report: this package, a hash of its files, and the libraries that it calculates with.
        stale: What was made by other code than there was where the trials lie.
        report: The files that can be made anew from the others.
        files: File → SHA-256, of every one.
        registered_there: The hash where it was trained, which is another one if the path of its data was part of it.
    """

    ablation: str
    registration: str
    versions: dict[str, str]
    stale: list[str]
    report: list[str]
    files: dict[str, str]
    registered_there: str = ""


def pack(folder: Path, said: Mapping[str, Any], out: Path) -> Manifest:
    """Write all files of a folder as a bundle, whole or not at all.

    Args:
        folder: The folder.
        said: What the manifest says beside the hashes.
        out: The bundle.

    Raises:
        DiskError: If it cannot be written.
    """
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    manifest = Manifest(**said, files={name: _sha256((folder / name).read_bytes()) for name in names})
    content = {"format": FORMAT, "version": VERSION, **asdict(manifest)}
    text = json.dumps({**content, "sha256": digest(content)}, indent=1, ensure_ascii=False) + "\n"
    files = ((name, (folder / name).read_bytes()) for name in names)
    container.write(out, chain([(MANIFEST, text.encode())], files))
    return manifest


def unpack(bundle: Path, folder: Path) -> tuple[Manifest, list[str]]:
    """Write the files of a bundle into a folder, and into no other place.

    Returns:
        What it says of itself, and a line for each file that is not what it was.

    Raises:
        UserError: If it is no bundle, cut off, made by a newer version, or holds what no bundle holds.
    """
    with container.opened(bundle) as file:
        held = _vetted(bundle, file.entries())
        if MANIFEST not in held:
            raise UserError(f"{bundle} is not a bundle: it has no {MANIFEST}")
        manifest = _manifest(bundle, file.read(MANIFEST))
        if manifest is None:
            return Manifest("", "", {}, [], [], {}), [f"{MANIFEST} was changed"]
        wrong = [f"{name} was added" for name in sorted(held - {MANIFEST} - manifest.files.keys())]
        wrong += [f"{name} is missing" for name in manifest.files if name not in held]
        there = [name for name in manifest.files if name in held]
        lines = (_unpacked(file.read(name), name, manifest, folder) for name in there)
        return manifest, wrong + [line for line in lines if line]


def _vetted(bundle: Path, entries: Iterable[tuple[str, int | None]]) -> set[str]:
    """The names; refuses those that lead out of a folder, what is no file or could be run, and too much of it."""
    held, size = list[str](), 0
    for name, its_size in entries:
        if (size := size + (its_size or 0)) > MOST:
            raise UserError(f"{bundle} is not a bundle: it would unpack to more than {MOST / 2**30:.0f} GiB")
        if its_size is None or not name.endswith(ENDINGS):
            raise _foreign(bundle, name)
        held.append(name)
    counts = Counter(held)
    for name, count in counts.items():
        path = PurePosixPath(name)
        inside = "/".join(path.parts) == name and ".." not in path.parts
        if count > 1 or not inside or any(str(above) in counts for above in path.parents):
            raise _foreign(bundle, name)
    return set(counts)


def _foreign(bundle: Path, name: str) -> UserError:
    return UserError(f"{bundle} is not a bundle: it holds {name!r}, which none does; nothing was unpacked")


def _manifest(bundle: Path, content: bytes | None) -> Manifest | None:
    """What a bundle says of itself; None where that was changed."""
    try:
        said = json.loads(content or b"")
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict) or said.get("format") != FORMAT:
        raise UserError(f"{bundle} is not a bundle: its {MANIFEST} is another program's")
    if not isinstance(version := said.get("version"), int) or version > VERSION:
        raise UserError(
            f"{bundle} was made by a newer trickbench: its format is {version}, this one knows up to {VERSION}; "
            f"update trickbench"
        )
    own = said.pop("sha256", "")
    whole = own == digest(said) and all(isinstance(said.get(name), kind) for name, kind in KINDS.items())
    there = str(said.get("registered_there", ""))  # which bundles did not say at first
    return Manifest(**{name: said[name] for name in KINDS}, registered_there=there) if whole else None


def _unpacked(content: bytes | None, name: str, manifest: Manifest, folder: Path) -> str:
    """Write one file; says what is wrong with it."""
    if content is None or _sha256(content) != manifest.files[name]:
        return f"{name} was changed"
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)
    return ""


def _sha256(content: bytes) -> str:
    return sha256(content).hexdigest()
