"""Validation images that effects changed most, with truth and both predictions beside each other."""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

import numpy as np
from PIL import Image

from experiments.images.colours import colour
from experiments.report.page.entries import Entry
from experiments.results.pictures import Change, changes
from experiments.results.study import Study

MOST = 250_000  # characters of all pictures, so that a page stays below 1 MB
SIDES = ("Truth", "Baseline", "With the trick")
SCORES = {
    "segmentation": "the mean IoU over the classes in it",
    "classification": "1 where its label is right, else 0",
    "detection": "the share of right boxes among all that are shown and all missed objects",
}
FEW = 3  # effects, up to which two images are shown each way


@dataclass(frozen=True)
class Box:
    """A box in pixels of its picture, in the colour of its class."""

    text: str
    colour: str
    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True)
class Panel:
    """One of the pictures of an image.

    Args:
        title: What it shows.
        file: Its key in `Gallery.files`; empty if it is said in words.
        boxes: Those drawn upon it.
        text: What the image is said to be.
    """

    title: str
    file: str
    boxes: list[Box] = field(default_factory=list)
    text: str = ""


@dataclass(frozen=True)
class Gallery:
    """What the section shows.

    Args:
        shown: (effect, (image, its panels)) of those that changed an image.
        files: Key → a picture as a data URI with its width and height, each once.
        legend: Label → its class and colour, of those that are seen.
    """

    shown: list[tuple[Entry, list[tuple[Change, list[Panel]]]]]
    files: dict[str, tuple[str, tuple[int, int]]]
    legend: dict[int, tuple[str, str]]

    @property
    def task(self) -> str:
        """What the trials were trained for."""
        return str(self.shown[0][1][0][0].arm.tables["task"])

    @property
    def scored(self) -> str:
        """What an image's score is."""
        return SCORES[self.task]


def gallery(study: Study, entries: Sequence[Entry]) -> Gallery | None:
    """The images that changed most for better and for worse; None if there is none.

    Effects that help or hurt come first, as many as there is room for.
    """
    made, told = Gallery([], {}, {}), [entry for entry in entries if not entry.verdict.placebo]
    told.sort(key=lambda entry: not entry.verdict.verdict.startswith(("helps", "hurts")))
    for entry in told if study.images else ():
        if sum(len(file) for file, _ in made.files.values()) >= MOST:
            break
        found = changes(study, entry.effect.compared, 1 + (len(told) <= FEW)) if entry.effect.compared else []
        if found:
            made.shown.append((entry, [(change, _panels(made, change)) for change in found]))
    return made if made.shown else None


def _panels(made: Gallery, change: Change) -> list[Panel]:
    of_task = {"segmentation": _masks, "detection": _boxes, "classification": _labels}
    photo = _kept(made, change.arm.files[f"{change.place:05}.jpg"])
    return [Panel("Image", photo), *of_task[str(change.arm.tables["task"])](made, change, photo)]


def _masks(made: Gallery, change: Change, _: str) -> list[Panel]:
    sides = ((change.arm, ".truth.png"), (change.baseline, ".png"), (change.arm, ".png"))
    contents = [left.files[f"{change.place:05}{end}"] for left, end in sides]
    for image in map(Image.open, map(io.BytesIO, contents)):
        palette = np.array(image.getpalette()).reshape(-1, 3).tolist()
        for label in np.unique(np.asarray(image)).tolist():
            _name(made, change, label, palette[label])
    return [Panel(title, _kept(made, content)) for title, content in zip(SIDES, contents, strict=True)]


def _boxes(made: Gallery, change: Change, photo: str) -> list[Panel]:
    width, height = made.files[photo][1]
    scale = width, height, width, height
    panels = []
    for title, rows in zip(SIDES, _said(change), strict=True):
        boxes = []
        for label, score, *shares in sorted(rows, key=itemgetter(1)):  # the surest lies on top
            name = _name(made, change, label, colour(label + 1))  # 0 is black: a mask's background, which boxes lack
            left, top, right, bottom = np.multiply(shares, scale).round(1).tolist()
            text = name if title == SIDES[0] else f"{name} {score:.2f}"
            boxes.append(Box(text, made.legend[label][1], left, top, right - left, bottom - top))
        panels.append(Panel(title, photo, boxes))
    return panels


def _labels(made: Gallery, change: Change, _: str) -> list[Panel]:
    answers = zip(SIDES, _said(change), strict=True)
    return [Panel(title, "", text=_name(made, change, label, colour(label))) for title, label in answers]


def _said(change: Change) -> list[Any]:
    """The truth, what the baseline found and what the trick did."""
    arm, baseline = (left.said[change.place] for left in (change.arm, change.baseline))
    return [arm["truth"], baseline["found"], arm["found"]]


def _kept(made: Gallery, content: bytes) -> str:
    """The key of a picture, which is kept once."""
    key = f"p{hashlib.sha256(content).hexdigest()[:12]}"
    image = Image.open(io.BytesIO(content))
    uri = f"data:{Image.MIME[str(image.format)]};base64,{base64.b64encode(content).decode()}"
    made.files.setdefault(key, (uri, image.size))
    return key


def _name(made: Gallery, change: Change, label: int, levels: Sequence[int]) -> str:
    """The name of a class, which is put into the legend with its colour."""
    names = change.arm.tables["classes"].tolist()
    name = str(names[label]) if label < len(names) else "does not count"
    made.legend[label] = name, "#{:02x}{:02x}{:02x}".format(*levels)
    return name
