"""Pictures of predictions: labels as colours over the image, boxes with names and scores."""

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from experiments.images.colours import Colour
from experiments.trial.use.fonts import Lettering

Pixels: TypeAlias = NDArray[np.uint8]

STRENGTH = 0.5  # of colours over the image
DARK = 300  # sum of the channels of a colour on which white is read
LONGEST = 40  # characters of a name


class Box(NamedTuple):
    """A box to draw.

    Args:
        corners: x1, y1, x2, y2 in pixels of the image.
        label: Of its class.
        score: In [0, 1].
    """

    corners: list[float]
    label: int
    score: float


def of_labels(
    image: Pixels, labels: NDArray[Any], letters: Lettering, colours: Sequence[Colour], ground: Sequence[int]
) -> Image.Image:
    """An image under the colours of its labels, and beside it what they are, the commonest first.

    Args:
        image: (H, W, 3).
        labels: (H, W).
        letters: Of the names of the labels.
        colours: Of the labels.
        ground: Labels that are not coloured.
    """
    coloured = np.array(colours, dtype=np.uint8)[labels]
    mixed = Image.blend(Image.fromarray(image), Image.fromarray(coloured), STRENGTH)
    mixed.paste(Image.fromarray(image), mask=Image.fromarray(np.isin(labels, ground)))
    shares = np.bincount(labels.ravel(), minlength=len(colours)) / labels.size
    return _with_legend(mixed, shares, letters, [None if k in ground else each for k, each in enumerate(colours)])


def _with_legend(
    picture: Image.Image, shares: NDArray[Any], letters: Lettering, colours: Sequence[Colour | None]
) -> Image.Image:
    found = [int(label) for label in np.argsort(-shares, kind="stable") if shares[label] > 0]
    texts = [f"{_short(letters.names[label])}: {100 * shares[label]:.1f} %" for label in found]
    font = letters.font(picture.height // 30)
    row = round(1.5 * font.size)
    wide = round(max(font.getlength(text) for text in texts)) + 3 * row
    canvas = Image.new("RGB", (picture.width + wide, max(picture.height, row * (len(found) + 1))), "white")
    canvas.paste(picture)
    draw = ImageDraw.Draw(canvas)
    for i, (label, text) in enumerate(zip(found, texts, strict=True)):
        x, y = picture.width + row // 2, row // 2 + i * row
        draw.rectangle((x, y, x + row, y + font.size), fill=colours[label], outline="black")
        draw.text((x + 3 * row // 2, y), text, fill="black", font=font)
    return canvas


def of_boxes(image: Pixels, boxes: Sequence[Box], letters: Lettering, colours: Sequence[Colour]) -> Image.Image:
    """An image (H, W, 3) with its boxes, their names and scores; the first lie on top."""
    picture = Image.fromarray(image)
    draw, font = ImageDraw.Draw(picture), letters.font(picture.height // 40)
    width = max(1, min(picture.size) // 200)
    for corners, label, score in reversed(boxes):
        draw.rectangle(corners, outline=colours[label], width=width)
        text, place = (
            f"{_short(letters.names[label])} {score:.2f}",
            (corners[0], max(0, corners[1] - font.size - 2 * width)),
        )
        draw.rectangle(draw.textbbox(place, text, font=font), fill=colours[label])
        draw.text(place, text, fill="white" if sum(colours[label]) < DARK else "black", font=font)
    return picture


def _short(name: str) -> str:
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"
