"""Where the images of splits lie."""

import re
from collections.abc import Mapping
from itertools import chain
from pathlib import Path
from typing import Any, cast

from datamodules import ClassFolders
from datamodules.inspect.split import Split
from datamodules.layouts.boxes import BoxData
from datamodules.layouts.masks import MaskData


def in_folders(data: Any, splits: Mapping[Any, Split]) -> dict[Any, Split]:
    """The splits with the folders of their images, less the names of splits; unless folders are classes, or one."""
    if isinstance(data, ClassFolders) or not (files := files_of(data, splits)):
        return dict(splits)
    places = sorted({*data.places(), *(data.splits.place(name) for name in splits)}, key=len, reverse=True)
    own = re.compile("|".join(map(re.escape, places)))
    folders = {name: [own.sub("", file.parent.as_posix()) for file in each] for name, each in files.items()}
    several = len(set(chain.from_iterable(folders.values()))) > 1
    return {name: split._replace(folders=folders[name] if several else ()) for name, split in splits.items()}


def files_of(data: Any, splits: Mapping[Any, Split]) -> dict[Any, list[Path]]:
    """The file of each image below the root; nothing where they lie in none."""
    if not isinstance(data, MaskData | BoxData | ClassFolders):
        return {}
    files = {name: cast(Any, data.source(name)).source.files for name in splits}
    return {name: [file.relative_to(data.root) for file in each] for name, each in files.items()}
