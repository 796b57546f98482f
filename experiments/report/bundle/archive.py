"""A bundle on disk: a zip whose bytes hang on its content alone, with a hash of each of its files."""

import json
import zipfile
import zlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Any

from experiments.errors import UserError
from experiments.files import replacing
from experiments.plan.origin import digest

FORMAT, VERSION = "trickbench bundle", 1
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
FIRST = b"PK\x03\x04"  # of a zip
KINDS = {"ablation": str, "registration": str, "versions": dict, "stale": list, "report": list, "files": dict}
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError)


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
    with replacing(out) as part, zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as file:
        file.writestr(_entry(MANIFEST), text)
        for name in names:
            file.writestr(_entry(name), (folder / name).read_bytes())
    return manifest


def unpack(bundle: Path, folder: Path) -> tuple[Manifest, list[str]]:
    """Write the files of a bundle into a folder, and into no other place.

    Returns:
        What it says of itself, and a line for each file that is not what it was.

    Raises:
        UserError: If it is no bundle, cut off, made by a newer version, or holds what no bundle holds.
    """
    with _opened(bundle) as file:
        _refuse_foreign(bundle, file.infolist())
        held = set(file.namelist())
        if MANIFEST not in held:
            raise UserError(f"{bundle} is not a bundle: it has no {MANIFEST}")
        manifest = _manifest(bundle, _content(file, MANIFEST))
        if manifest is None:
            return Manifest("", "", {}, [], [], {}), [f"{MANIFEST} was changed"]
        wrong = [f"{name} was added" for name in sorted(held - {MANIFEST} - manifest.files.keys())]
        wrong += [f"{name} is missing" for name in manifest.files if name not in held]
        there = [name for name in manifest.files if name in held]
        lines = (_unpacked(_content(file, name), name, manifest, folder) for name in there)
        return manifest, wrong + [line for line in lines if line]


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)  # of 1980, whenever it is made
    entry.create_system, entry.external_attr = 3, 0o644 << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _opened(bundle: Path) -> zipfile.ZipFile:
    try:
        with bundle.open("rb") as file:
            is_zip = file.read(len(FIRST)) == FIRST
        return zipfile.ZipFile(bundle)
    except zipfile.BadZipFile as error:
        what = "is cut off or damaged: its end, which lists its files, is not there" if is_zip else "is not a bundle"
        raise UserError(f"{bundle} {what}") from error
    except OSError as error:
        raise UserError(f"{bundle} cannot be read ({error.strerror})") from error


def _refuse_foreign(bundle: Path, entries: list[zipfile.ZipInfo]) -> None:
    """Refuse names that would lead out of a folder, files that could be run, and more than any ablation holds."""
    counts = Counter(entry.filename for entry in entries)
    for name, count in counts.items():
        path = PurePosixPath(name)
        inside = "/".join(path.parts) == name and ".." not in path.parts
        nested = any(str(above) in counts for above in path.parents)
        if count > 1 or nested or not (inside and name.endswith(ENDINGS)):
            raise UserError(f"{bundle} is not a bundle: it holds {name!r}, which none does; nothing was unpacked")
    if (size := sum(entry.file_size for entry in entries)) > MOST:
        raise UserError(f"{bundle} is not a bundle: it would unpack to {size / 2**30:.0f} GiB")


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


def _content(file: zipfile.ZipFile, name: str) -> bytes | None:
    try:
        return file.read(name)
    except DAMAGED:
        return None


def _sha256(content: bytes) -> str:
    return sha256(content).hexdigest()
