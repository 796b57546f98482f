"""What each task answers about an image, brought back to the image's own size, and how it is kept."""

import json
import os
import sys
from abc import ABC, abstractmethod
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from experiments.errors import UserError
from experiments.files import as_csv, replacing, write_whole
from experiments.images.colours import colour
from experiments.images.ground import is_ground
from experiments.trial.use import drawn
from experiments.trial.use.fonts import Lettering, lettering
from experiments.trial.use.images import DRAWN, MASKS
from lightning_modules import Classification, Detection, Segmentation


class Answers(ABC):
    """Predictions of a model, image by image, into a folder.

    Args:
        model: As `lightning_modules.load` gives it.
        out: The folder.
        least: Score from which on a box is drawn.
    """

    first = 0  # of the usual colours, which a report's page gives these classes too

    def __init__(self, model: Any, out: Path, least: float) -> None:
        self.model, self.out, self.least = model, out, least
        own = getattr(model.data, "colours", ())  # those that the data have for their classes
        self.colours = list(own or map(colour, range(self.first, self.first + len(model.class_names))))

    def add(self, name: str, pixels: drawn.Pixels) -> None:
        """Predict an image (H, W, 3) and write what belongs to it alone."""
        image = torch.from_numpy(pixels).permute(2, 0, 1)
        with torch.inference_mode():
            self.keep(name, pixels, self.model.data.prepare(image)[None].to(self.model.device))

    @cached_property
    def letters(self) -> Lettering:
        """How pictures write the names of the classes; says so where they say numbers instead."""
        letters = lettering(self.model.class_names)
        pairs = zip(self.model.class_names, letters.names, strict=True)
        if unwritten := [name for name, written in pairs if name != written]:
            print(
                f"trickbench: no font on this machine can write {unwritten[0]!r}: {DRAWN} say the label instead, which"
                " about.json names; install a font for it, such as fonts-noto-cjk",
                file=sys.stderr,
            )
        return letters

    @abstractmethod
    def keep(self, name: str, pixels: drawn.Pixels, image: Tensor) -> None:
        """Predict an image, which is (1, 3, h, w) as the model gets it, and keep the answer."""

    def finish(self, **made_from: Any) -> None:
        """Write what belongs to all images together, with the classes and what the answers were made from."""
        named = zip(self.model.class_names, self.colours, strict=True)
        classes = [{"label": i, "name": name, "colour": colour} for i, (name, colour) in enumerate(named)]
        self.write("about.json", {**made_from, "classes": classes})

    def write(self, name: str, content: Any) -> None:
        """Write a JSON file."""
        with write_whole(self.out / name) as file:
            json.dump(content, file)

    def draw(self, name: str, picture: Image.Image) -> None:
        """Write a picture; whole names stay, since `a.png` and `a.jpg` may lie side by side."""
        save(picture, self.out / DRAWN / f"{name}.jpg")


class Masks(Answers):
    """Of a segmentation: a PNG for each image, whose grey values are the labels."""

    def __init__(self, model: Any, out: Path, least: float) -> None:
        super().__init__(model, out, least)
        self.ground = [label for label, name in enumerate(model.class_names) if is_ground(name)]

    def keep(self, name: str, pixels: drawn.Pixels, image: Tensor) -> None:
        labels = label_map(self.model(image)[0], pixels.shape[:2]).cpu().numpy()
        grey = labels.astype("uint8" if len(self.model.class_names) <= 256 else "uint16")
        save(Image.fromarray(grey), self.out / MASKS / f"{name}.png")
        self.draw(name, drawn.of_labels(pixels, labels, self.letters, self.colours, self.ground))


class Boxes(Answers):
    """Of a detection: the results of all images as COCO writes them, and which image and class each number means."""

    first = 1  # 0 is black: a mask's background, which boxes lack

    def __init__(self, model: Any, out: Path, least: float) -> None:
        super().__init__(model, out, least)
        self.images: list[dict[str, Any]] = []
        self.results: list[dict[str, Any]] = []

    def keep(self, name: str, pixels: drawn.Pixels, image: Tensor) -> None:
        (height, width), number = pixels.shape[:2], len(self.images) + 1
        (found,) = self.model.predict_step({"image": image}, 0)
        own = torch.tensor([width, height] * 2) / torch.tensor([image.shape[3], image.shape[2]] * 2)
        boxes, labels, scores = found["boxes"].cpu() * own, found["labels"].cpu(), found["scores"].cpu()
        self.images.append({"id": number, "file_name": name, "height": height, "width": width})
        corner_and_size = torch.cat([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], dim=1)
        for box, label, score in zip(corner_and_size.tolist(), labels.tolist(), scores.tolist(), strict=True):
            self.results.append({"image_id": number, "category_id": label + 1, "bbox": box, "score": score})
        kept = scores >= self.least
        shown = [drawn.Box(*each) for each in zip(*(x[kept].tolist() for x in (boxes, labels, scores)), strict=True)]
        self.draw(name, drawn.of_boxes(pixels, shown, self.letters, self.colours))

    def finish(self, **made_from: Any) -> None:
        super().finish(**made_from)
        names = [{"id": label, "name": name} for label, name in enumerate(self.model.class_names, start=1)]
        self.write("predictions.json", self.results)
        self.write("images.json", {"images": self.images, "annotations": [], "categories": names})


class Labels(Answers):
    """Of a classification: a table with the class, its probability, and those of all classes."""

    def __init__(self, model: Any, out: Path, least: float) -> None:
        super().__init__(model, out, least)
        self.rows: list[list[Any]] = []

    def keep(self, name: str, pixels: drawn.Pixels, image: Tensor) -> None:
        shares = self.model(image)[0].float().softmax(0)
        best = int(shares.argmax())
        shown = os.fsencode(name).decode(errors="replace")
        self.rows.append([shown, self.model.class_names[best], float(shares[best]), *shares.tolist()])

    def finish(self, **made_from: Any) -> None:
        super().finish(**made_from)
        columns = ["image", "class", "probability", *(f"p({name})" for name in self.model.class_names)]
        with write_whole(self.out / "predictions.csv") as file:
            file.write(as_csv(columns, self.rows))


KINDS: dict[type, type[Answers]] = {Segmentation: Masks, Detection: Boxes, Classification: Labels}


def answers_of(model: Any, out: Path, least: float) -> Answers:
    """What keeps a model's answers.

    Raises:
        UserError: If the model is of no task that is known, or nothing says how its images are prepared.
    """
    kind = next((kind for task, kind in KINDS.items() if isinstance(model, task)), None)
    if kind is None:
        raise UserError(f"predict is for {', '.join(task.__name__ for task in KINDS)}, got {type(model).__name__}")
    if not hasattr(model.data, "prepare"):
        got = f"{type(model.data).__name__} has no prepare(image)" if model.data else "the config names no data"
        raise UserError(f"nothing says how images are prepared: {got}; derive it from datamodules.DenseData")
    return kind(model, out, least)


def label_map(logits: Tensor, size: tuple[int, int]) -> Tensor:
    """The labels (H, W) of logits (C, h, w) that are resized to `size`.

    Class by class: a large image has no room for all of them at once.
    """
    best, labels = torch.empty(0), torch.empty(0)
    for label, each in enumerate(logits.float()):
        resized = F.interpolate(each[None, None], size=size, mode="bilinear", align_corners=False)[0, 0]
        if label == 0:
            best, labels = resized, torch.zeros_like(resized, dtype=torch.long)
        else:
            better = resized > best
            best, labels = best.where(~better, resized), labels.masked_fill(better, label)
    return labels


def save(picture: Image.Image, path: Path) -> None:
    """Write a picture, whole or not at all, in the format that its name ends in."""
    with replacing(path) as part:
        picture.save(part, Image.registered_extensions()[path.suffix], quality=90)
