"""Lists of the splits, beside data that lie in no folders for them."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from datamodules.files.lists import listed_names
from datamodules.files.texts import NotUtf8
from datamodules.layouts.patterns import files_below
from datamodules.recognise.places import CUT, WORD, Family, families
from datamodules.recognise.recognised import Recognised


def with_lists(found: Recognised, root: Path) -> Recognised:
    """The same, with the splits that text files list, as VOC's `ImageSets` and YOLO's `train.txt` do.

    Only where validation data would be cut off; and only lists that name no other images than were found.

    Raises:
        NotUtf8: If a list is in another encoding.
    """
    if CUT not in found.notes:
        return found
    images = {image.relative_to(root).as_posix(): image for image in found.images}
    for family in _lists(root):
        places = {split: family.pattern.replace("{split}", name) for split, name in family.names.items()}
        try:
            listed = {split: listed_names(root / place, images) for split, place in places.items()}
        except NotUtf8:  # what it is a list of cannot be told
            raise
        except (ValueError, FileNotFoundError):  # a list of something else
            continue
        shares = {} if "val" in listed else {"val": found.arguments["splits"]["val"]}
        said = f"the splits are those of {', '.join(places.values())}"
        return replace(
            found,
            arguments={**found.arguments, "splits": {**places, **shares}},
            images=[images[name] for name in listed["train"]],
            notes=[said, *(note for note in found.notes if note != CUT or shares)],
        )
    return found


def _lists(root: Path) -> Sequence[Family]:
    """Text files that are called alike but for a split's name: those of most splits first, then of short names."""
    paths = (file.relative_to(root).as_posix() for file in _texts(root))
    found = [family for family in families(paths) if "train" in family.names and len(family.names) > 1]
    return sorted(found, key=lambda family: (-len(family.names), len(family.pattern)))


def _texts(root: Path) -> Iterator[Path]:
    return (file for file in sorted(files_below(root, {".txt"})) if WORD.search(file.stem))
