"""`trickbench export RUN`: a trained model as a file for other programs, checked against the model."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from datamodules.files.images import LARGEST, read_image
from experiments import __version__
from experiments.errors import UserError
from experiments.files import check_place, replacing
from experiments.trial import train
from experiments.trial.use.formats import FORMATS, Format
from experiments.trial.use.graph import Graph, Outputs, traced
from experiments.trial.use.images import find_images
from experiments.trial.use.predict import loaded
from lightning_modules import Detection
from lightning_modules.trained import find

CHECKED = 8  # images, at most
OTHER = 1.3  # the size of which they are checked at, too
TOLERANCE = 1e-3  # of the largest value; float32 in another order differs by 1e-5 of it or so
SMALLEST = 1e-3  # largest value: scores of a detector that has hardly learnt are around 0.01


class Images(NamedTuple):
    """What the file is checked on.

    Args:
        batch: (N, 3, H, W), prepared.
        source: Where they are from.
    """

    batch: Tensor
    source: str


def export_model(run: Path, kind: str, out: Path, folder: Path | None, size: tuple[int, int] | None) -> int:
    """Write the graph of a run's model, and print how far it is from the model.

    Args:
        run: The folder of a trial or of a fit, or a checkpoint.
        kind: A key of `FORMATS`.
        out: The file.
        folder: Of images to check it on; by default validation images of the run's data.
        size: Height and width of the images that it takes; by default any.

    Returns:
        What `train.guarded` says.
    """
    return train.guarded(lambda: _export(run, kind, out, folder, size))


def _export(run: Path, kind: str, out: Path, folder: Path | None, size: tuple[int, int] | None) -> None:
    if size and max(size) > LARGEST:
        raise UserError(f"--size must be at most {LARGEST}, got {size[0]} {size[1]}")
    find(run)  # a wrong folder is said before a package that is not here
    form = FORMATS[kind]
    form.check()
    check_place(out.parent)
    model = loaded(run).cpu()
    graph, images = Graph(model, size).eval(), _images(model, folder)
    shape = f"(N, 3, {size[0]}, {size[1]})" if size else "(N, 3, H, W)"
    print(f"tracing the network for images {shape}", flush=True)  # some networks take minutes
    for line in written(model, graph, form, images, out):
        print(line)
    print(f"{out}: of images {shape}, prepared, it returns")
    for name, what in graph.outputs.items():
        print(f"  {name} {what}")


def written(model: Any, graph: Graph, form: Format, images: Images, out: Path) -> list[str]:
    """Write a model's graph, if what is written computes what the model does; how far it is from it, by output.

    Raises:
        UserError: If the model cannot be exported, or the file computes something else; then there is no file.
    """
    with torch.no_grad():
        program, texts = traced(graph), _texts(model, graph)
        with replacing(out) as part:
            form.write(graph, program, texts, part)
            return list(_compared(graph, form.read(part), images))


def _compared(graph: Graph, theirs: Callable[[Tensor], Outputs], images: Images) -> Iterable[str]:
    """The largest difference of each output.

    Raises:
        UserError: If one is too large, or the file does not take a size.
    """
    batches = _sized(images.batch, graph.size)
    pairs = [(graph(batch), _run(theirs, batch)) for batch in (batches[0][:1], *batches)]
    sizes = " and ".join(f"{batch.shape[2]} × {batch.shape[3]}" for batch in batches)
    for i, name in enumerate(graph.outputs):
        difference = max(float((ours[i] - their[i]).abs().max()) for ours, their in pairs)
        most = max(float(ours[i].abs().max()) for ours, _ in pairs)
        said = f"{name}: largest difference from the model {difference:.1e}, of values up to {most:.3g}"
        if not difference <= TOLERANCE * max(most, SMALLEST):
            raise UserError(f"the exported graph computes something else; {said}")
        yield f"{said} ({len(images.batch)} {images.source}, at {sizes})"


def _sized(batch: Tensor, size: tuple[int, int] | None) -> list[Tensor]:
    """A batch at the sizes at which it is compared."""
    if size is None:
        return [batch, F.interpolate(batch, scale_factor=OTHER, mode="bilinear")]
    return [F.interpolate(batch, size, mode="bilinear")]


def _run(theirs: Callable[[Tensor], Outputs], batch: Tensor) -> Outputs:
    try:
        return theirs(batch)
    except Exception as error:  # of any kind: each runtime has its own
        size = " × ".join(map(str, batch.shape))
        said = " ".join(str(error).split())[:200]
        raise UserError(f"the exported graph does not take a batch of {size}: {said}") from error


def _images(model: Any, folder: Path | None) -> Images:
    if folder is not None:
        return _of_folder(model, folder)
    try:
        model.data.setup("validate")
        return Images(next(iter(model.data.val_dataloader()))["image"][:CHECKED], "validation images")
    except (AttributeError, OSError, ValueError) as error:  # no data module, or no files
        said = " ".join(str(error).split())
        print(f"the run's validation images cannot be read ({said}); --images FOLDER names others")
    height, width = getattr(model.data, "size", None) or (256, 256)
    return Images(torch.randn(2, 3, height, width), "random images")


def _of_folder(model: Any, folder: Path) -> Images:
    """The first images of a folder that are as large as the first of all."""
    prepared = [
        model.data.prepare(torch.from_numpy(read_image(folder / name)).permute(2, 0, 1))
        for name in find_images(folder)[:CHECKED]
    ]
    return Images(torch.stack([each for each in prepared if each.shape == prepared[0].shape]), f"images of {folder}")


def _texts(model: Any, graph: Graph) -> dict[str, str]:
    """What is to be known of the graph; values that are no text as JSON."""
    known = {name: getattr(model.data, name, None) for name in ("mean", "std", "size")}
    if isinstance(model, Detection):
        names = ("score_threshold", "candidates", "nms_iou", "max_detections")
        known["selection"] = dict(zip(names, model.selection, strict=True))
    return {
        "trickbench": __version__,
        "task": type(model).__name__,
        "image": "RGB in [0, 1], resized to size (height, width) unless it is null, less mean, over std",
        **{name: json.dumps(value) for name, value in known.items()},
        "class_names": json.dumps(model.class_names),
        "outputs": json.dumps(graph.outputs),
    }
