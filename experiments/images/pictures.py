"""The pictures of a validation: a zip that any viewer opens.

Of image k of the data set: `<k>.jpg`, reduced to 160 pixels. Of a segmentation `<k>.truth.png` and `<k>.png`, truth and
prediction, each a palette of labels, 255 what does not count. Of a detection and a classification `said.json`, k →
`truth` and `found`: rows of class, score and x1, y1, x2, y2 as shares of the image; the label of the image.
"""

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from experiments.files import replacing
from experiments.images.colours import Colour, palette
from experiments.images.scored import SHOWN

COUNT = 32  # images that are kept
SIDE = 160  # pixels, at most
SAID = "said.json"
DATED = (1980, 1, 1, 0, 0, 0)


def chosen(images: int) -> list[int]:
    """Which images of so many are kept, evenly over all."""
    return sorted({round(place) for place in np.linspace(0, images - 1, min(images, COUNT))})


def photo(pixels: NDArray[np.uint8]) -> bytes:
    """An image as a small JPEG.

    Shape:
        (H, W, 3)
    """
    image = Image.fromarray(pixels)
    image.thumbnail((SIDE, SIDE))
    return _saved(image, "JPEG", quality=75)


def mask(labels: NDArray[np.integer[Any]], own: Sequence[Colour] = ()) -> bytes:
    """Labels as a small PNG in the colours of their classes: the data's own, or the usual.

    Shape:
        (H, W)
    """
    image = Image.fromarray(labels.astype(np.uint8), mode="P")
    image.putpalette(palette(own)[: 3 * (int(labels.max()) + 1)])
    image.thumbnail((SIDE, SIDE), Image.Resampling.NEAREST)
    return _saved(image, "PNG", optimize=True)


def boxes(
    corners: NDArray[np.floating[Any]],
    labels: Sequence[int],
    scores: Sequence[float],
    size: tuple[int, int],
) -> list[list[float]]:
    """Boxes as rows of class, score and corners as shares of an image of this height and width."""
    shares = corners / np.array([size[1], size[0]] * 2)
    return [
        [int(label), round(float(score), 3), *(round(float(share), 4) for share in row)]
        for row, label, score in zip(shares, labels, scores, strict=True)
        if score >= SHOWN
    ]


def write(path: Path, files: Mapping[str, bytes], said: Mapping[int, Any]) -> None:
    """Write pictures and what is said of them, whole or not at all; equal pictures give equal bytes."""
    text = json.dumps({str(place): said[place] for place in sorted(said)}).encode()
    with replacing(path) as part, zipfile.ZipFile(part, "w") as file:
        for name, content in [*sorted(files.items()), (SAID, text)]:
            file.writestr(zipfile.ZipInfo(name, DATED), content)


def read(path: Path) -> tuple[dict[str, bytes], dict[int, Any]] | None:
    """The pictures of a file by name, and what is said of them; None if there is none that can be read."""
    try:
        with zipfile.ZipFile(path) as file:
            files = {name: file.read(name) for name in file.namelist()}
        said = json.loads(files.pop(SAID))
        return files, {int(place): each for place, each in said.items()}
    except (OSError, ValueError, KeyError, AttributeError, EOFError, NotImplementedError, zipfile.BadZipFile):
        return None


def _saved(image: Any, form: str, **options: Any) -> bytes:
    content = io.BytesIO()
    image.save(content, form, **options)
    return content.getvalue()
