"""Which data module reads a folder, and with which arguments: what `trickbench init` asks."""

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np

from datamodules.files.absent import missing
from datamodules.files.images import read_numbers
from datamodules.layouts.patterns import folders_below, images_below, refuse_encoding
from datamodules.recognise import class_folders, coco, instances, masks, named, table, voc, yolo
from datamodules.recognise.foreign import foreign
from datamodules.recognise.mask_classes import BLENDED
from datamodules.recognise.pixels import MANY
from datamodules.recognise.recognised import Recognised, Task
from datamodules.recognise.split_lists import with_lists

LAYOUTS = (named, coco, yolo, voc, table, instances, masks, class_folders)  # a folder with boxes may hold masks as well


def recognise(root: Path, task: Task | None = None) -> Recognised:
    """The first layout that fits a folder; its notes say if another one has labels for another task.

    Args:
        root: The folder.
        task: What its labels must be for; any, if left out.

    Raises:
        FileNotFoundError: If there is no such folder.
        ValueError: If none fits; says what was seen. Or if the name of an image is not UTF-8.
    """
    if not root.is_dir():
        raise FileNotFoundError(missing(root / "any"))
    for file in images_below(root):
        refuse_encoding(file)
    layouts = (found for layout in LAYOUTS for found in layout.recognise(root))
    fitting = (found for found in layouts if task in (None, found.task))
    if (first := next(fitting, None)) is not None:
        first = with_lists(first, root)
        return first if task else replace(first, notes=[*first.notes, *_others(first, fitting)])
    kinds = Counter(Path(name).suffix.lower() or "no suffix" for _, names in folders_below(root) for name in names)
    seen = ", ".join(f"{count} {suffix}" for suffix, count in kinds.most_common(6)) or "no files"
    for_task = f" for {task.lower()}" if task else ""
    raise ValueError(
        f"{root} holds {seen}, in no layout that is known{for_task}: images with a lossless mask each, outlines or"
        " boxes as COCO's JSON, boxes as VOC's XML, YOLO's text files or a CSV table, or a folder for each class"
        + (_unfit_mask(root) or table.unfit(root) or foreign(root))
    )


def _unfit_mask(root: Path) -> str:
    """What is wrong with the first file that is a mask by its name, and by nothing else."""
    named = (file for file in images_below(root) if "mask" in f"{file.parent.name}/{file.stem}".lower())
    if (mask := next(named, None)) is not None:
        try:
            held = len(np.unique(read_numbers(mask)))
        except ValueError as error:
            return f". {error}"
        return f". {mask} holds {held} numbers or colours, {BLENDED}" if held >= MANY else ""
    return ""


def _others(first: Recognised, fitting: Iterator[Recognised]) -> list[str]:
    """What to say of labels for another task."""
    with suppress(ValueError):  # what does not fit need not be read
        for found in fitting:
            if found.task != first.task:
                return [f"{found.module} would read labels for {found.task.lower()}: --task {found.task.lower()}"]
    return []
