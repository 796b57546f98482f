"""Files by a pattern of their names."""

import os
import re
import unicodedata
from collections.abc import Collection, Iterator
from pathlib import Path

from datamodules.files.absent import missing
from datamodules.files.images import SUFFIXES
from datamodules.files.lists import is_list
from datamodules.layouts.splits import Splits

WILD = {
    "**/": "(?:.*/)?", "*": "[^/]*", "{name}": "(?P<name>[^/]+)", "{class}": "(?P<class>[^/]+)",
    "{split}": "(?P<split>[^/]+)",
}  # fmt: skip


def images_below(folder: Path) -> Iterator[Path]:
    """The image files in a folder and all below it, as `files_below`."""
    return files_below(folder, SUFFIXES)


def files_below(folder: Path, suffixes: Collection[str]) -> Iterator[Path]:
    """The files of some kinds in a folder and all below it, a folder after the other; hidden ones are left out."""
    for place, names in folders_below(folder):
        files = (place / name for name in sorted(names) if not name.startswith("."))
        yield from (file for file in files if file.suffix.lower() in suffixes)


def folders_below(folder: Path) -> Iterator[tuple[Path, list[str]]]:
    """A folder and all below it, each with the names of its files; links to folders are followed, to each once.

    Hidden folders are left out.
    """
    been = {os.path.realpath(folder)}
    for place, inside, names in os.walk(folder, followlinks=True):
        shown = {name: os.path.realpath(Path(place, name)) for name in sorted(inside) if not name.startswith(".")}
        inside[:] = [name for name, real in shown.items() if real not in been]
        been |= set(shown.values())
        yield Path(place), names


def refuse_encoding(file: Path) -> None:
    """Refuse a file whose name is in another encoding, as zip files of Windows leave it: it fits in no config or list.

    Raises:
        ValueError: If it is.
    """
    try:
        str(file).encode()
    except UnicodeEncodeError as error:
        name = os.fsencode(file).decode(errors="replace")
        how = "rename all such files (from GBK: convmv -r -f GBK -t UTF-8 --notest FOLDER)"
        raise ValueError(f"{name}: this name is not UTF-8; {how}") from error


def check_pattern(argument: str, pattern: str, *more: str) -> None:
    """Refuse a pattern without `{name}`, or with other fields than `{split}` and these.

    Raises:
        ValueError: If it is one.
    """
    fields, known = re.findall(r"\{.*?\}", pattern), {"{name}", "{split}", *more}
    if fields.count("{name}") != 1 or set(fields) - known or pattern.startswith("/") or ".." in pattern:
        raise ValueError(
            f"{argument} must be a path below root with {{name}} once, and {{split}} where splits are folders,"
            f" such as '{{split}}/{argument}/{{name}}'; got {pattern!r}"
        )


def path_at(root: Path, path: str, place: str, splits: Splits) -> Path:
    """A path for a place of `splits`.

    Raises:
        FileNotFoundError: If it does not hold `{split}`, and the place is not the one of the training data; or if it
            does, and the place is a list, which means that `places_at` found nothing.
    """
    if is_list(place) and "{split}" in path:
        raise FileNotFoundError(f"no files at {root / path}" if root.is_dir() else missing(root / "any"))
    if not is_list(place) and "{split}" not in path and place != splits.train:
        raise FileNotFoundError(
            f"no {place} data: {path!r} has no {{split}}; let splits give {place} a share or a list"
        )
    return root / path.replace("{split}", place)


def places_at(root: Path, *patterns: str) -> list[str]:
    """What stands at `{split}` in the files that are there by all of these patterns that hold it, sorted."""
    found: list[set[str]] = []
    for path in (each for each in patterns if "{split}" in each):
        any_kind = "{name}" in path and "." not in path.rpartition("/")[2]
        expression = _expression(path, any_kind)
        wild = re.sub(r"\{.*?\}", "*", path) + ".*" * any_kind
        matches = (expression.fullmatch(file.relative_to(root).as_posix()) for file in root.glob(wild))
        found.append({match["split"] for match in matches if match})
    return sorted(set.intersection(*found)) if found else []


def folder_at(root: Path, path: str, place: str, splits: Splits) -> Path:
    """The folder below which the files of a place lie; refuses as `path_at` does."""
    path_at(root, path, place, splits)
    return root / fixed_folder(path.replace("{split}", place))


def named_files(root: Path, pattern: str, place: str, others: Collection[Path] = ()) -> dict[str, Path]:
    """The images that a pattern finds, by what stands at `{name}`.

    As `files_by_name` finds them.

    Raises:
        FileNotFoundError: If there is none.
        ValueError: If two have the same name.
    """
    found = files_by_name(root, pattern, place, others)
    for (file, _), *more in found.values():
        if more:
            raise ValueError(
                f"{file} and {more[0][0]} have the same name; their labels cannot be told apart: rename one"
            )
    return {name: file for name, [(file, _)] in found.items()}


def files_by_name(
    root: Path, pattern: str, place: str, others: Collection[Path] = ()
) -> dict[str, list[tuple[Path, str]]]:
    """The images that a pattern finds, by what stands at `{name}`, each with what stands at `{class}`, if it has one.

    `*` stands for any text without a slash and `**/` for any folders. Without a suffix the pattern finds images of any
    kind. Hidden files and `others` are left out. Names that differ only in how Unicode composes letters are the same.

    Raises:
        FileNotFoundError: If there is none.
        ValueError: If a name is not UTF-8.
    """
    path = pattern.replace("{split}", place)
    any_kind = "." not in path.rpartition("/")[2]
    expression = _expression(path, any_kind)
    found: dict[str, list[tuple[Path, str]]] = {}
    for file in sorted(root.glob(path.replace("{name}", "*").replace("{class}", "*") + ".*" * any_kind)):
        match = expression.fullmatch(file.relative_to(root).as_posix())
        if match is None or file.name.startswith(".") or file in others:
            continue
        if any_kind and file.suffix.lower() not in SUFFIXES:
            continue
        refuse_encoding(file)
        name = unicodedata.normalize("NFC", match["name"])
        found.setdefault(name, []).append((file, match.groupdict().get("class", "")))
    if not found:
        raise FileNotFoundError(_nothing(root, path, any_kind))
    return found


def _expression(path: str, any_kind: bool) -> re.Pattern[str]:
    parts = re.split(r"(\*\*/|\*|\{name\}|\{class\}|\{split\})", path)
    expression = "".join(WILD.get(part, re.escape(part)) for part in parts) + r"\.[^./]+" * any_kind
    once, *again = expression.split(WILD["{split}"])
    return re.compile(WILD["{split}"].join([once, "(?P=split)".join(again)]) if again else once)


def shown(root: Path, pattern: str, place: str, name: str) -> Path:
    """A pattern below a folder as people read it, for one place and name."""
    any_kind = "." not in pattern.rpartition("/")[2]
    return root / (pattern.replace("{split}", place).replace("{name}", name) + ".*" * any_kind)


def _nothing(root: Path, path: str, any_kind: bool) -> str:
    folder = root / fixed_folder(path)
    if not folder.is_dir():
        return f"{missing(folder / 'any')}; expected files at {root / path}"
    kinds = f" ending in {', '.join(sorted(SUFFIXES))}" if any_kind else f" at {root / path}"
    return f"no images in {folder}; expected files{kinds}"


def fixed_folder(pattern: str) -> str:
    """The folders that a pattern begins with, up to the first of any name."""
    folders = pattern.split("/")[:-1]
    open_at = next((at for at, each in enumerate(folders) if re.search(r"\*|\{name|\{class", each)), len(folders))
    return "/".join(folders[:open_at])
