"""Which data module reads a folder, and with which arguments: what `trickbench init` asks."""

import os
from collections import Counter
from pathlib import Path

from datamodules.recognise import coco, masks, table, voc, yolo
from datamodules.recognise.recognised import Recognised

LAYOUTS = (coco, yolo, voc, table, masks)  # a folder with boxes may hold masks as well


def recognise(root: Path) -> Recognised:
    """The first layout that fits a folder.

    Raises:
        FileNotFoundError: If there is no such folder.
        ValueError: If none fits; says what was seen.
    """
    if not root.is_dir():
        raise FileNotFoundError(f"no folder {root}")
    for layout in LAYOUTS:
        if (found := layout.recognise(root)) is not None:
            return found
    kinds = Counter(Path(name).suffix.lower() or "no suffix" for _, _, names in os.walk(root) for name in names)
    seen = ", ".join(f"{count} {suffix}" for suffix, count in kinds.most_common(6)) or "no files"
    raise ValueError(
        f"{root} holds {seen}, in no layout that is known: images with a lossless mask each, or boxes as COCO's JSON,"
        " VOC's XML, YOLO's text files or a CSV table"
    )
