"""The page of `data check`: what was found, and pictures of it."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import numpy as np
from PIL import Image

from experiments.images.colours import VOID, Colour, colour, of_labels
from experiments.report.page import ENVIRONMENT
from experiments.report.page.pictures import Box

KINDS = {
    "fault": ("Faults", "What cannot be read, is missing, or shows nothing."),
    "leak": ("Leaks", "Images that two splits share, or nearly: scores on the later one flatter."),
    "condition": ("Conditions", "What these data put a network under, and the tricks that claim to help there."),
}


@dataclass(frozen=True)
class Panel:
    """A picture: its data URI, width and height, and the boxes upon it."""

    uri: str
    width: int
    height: int
    boxes: list[Box] = field(default_factory=list)


@dataclass(frozen=True)
class Figure:
    """An image: what it is called, and its pictures beside each other."""

    name: str
    panels: list[Panel]


def render(checked: Any, hypotheses: Mapping[str, str]) -> str:
    """Write what was found as HTML.

    Args:
        checked: What was found, a `trial.data.Checked`, whose room imports torch.
        hypotheses: Condition → the tricks that claim to help under it, as an ablation lists them.
    """
    shares = {split: checked.shares(split) for split in checked.splits}
    return ENVIRONMENT.get_template("data.html").render(
        checked=checked,
        shares=shares,
        kinds=KINDS,
        hypotheses=hypotheses,
        legend=_legend(checked),
        groups=[(title, [_figure(checked, each) for each in shown]) for title, shown in _by_title(checked.shown)],
    )


def _by_title(shown: Sequence[Any]) -> Iterator[tuple[str, list[Any]]]:
    for title, each in groupby(shown, key=lambda one: one.title):
        yield title, list(each)


def _legend(checked: Any) -> list[tuple[str, str]]:
    if checked.counted == "images":
        return []
    boxes = checked.counted == "boxes"  # which have no background, whose black is not for them
    named = zip(checked.classes, of_labels(checked.colours)[boxes:], strict=False)
    void = [] if boxes else [("does not count", VOID)]
    return [(name, _hex(levels)) for name, levels in [*named, *void]]


def _figure(checked: Any, shown: Any) -> Figure:
    photo = _panel(shown.photo)
    scale = np.array([photo.width, photo.height] * 2)
    for label, _, *corners in shown.boxes:
        left, top, right, bottom = (np.array(corners) * scale).round(1).tolist()
        name = checked.classes[int(label)]
        photo.boxes.append(Box(name, _hex(colour(int(label) + 1)), left, top, right - left, bottom - top))
    others = [_panel(content) for content in (shown.mask, shown.beside) if content]
    return Figure(shown.name, [photo, *others])


def _panel(content: bytes) -> Panel:
    image = Image.open(io.BytesIO(content))
    return Panel(f"data:{Image.MIME[str(image.format)]};base64,{base64.b64encode(content).decode()}", *image.size)


def _hex(levels: Colour) -> str:
    return "#{:02x}{:02x}{:02x}".format(*levels)
