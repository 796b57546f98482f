"""A trained network as a graph for other programs."""

from typing import Any, TypeAlias

import torch
from torch import Tensor, nn
from torch.export import Dim, ExportedProgram

from experiments.errors import UserError
from lightning_modules import Classification, Detection, Segmentation

Outputs: TypeAlias = tuple[Tensor, ...]

EXAMPLE = (512, 640)  # tells batch, height and width apart on every level; nothing is computed
OUTPUTS: dict[type, dict[str, str]] = {
    Segmentation: {"logits": "(N, classes, H, W)"},
    Classification: {"logits": "(N, classes)"},
    Detection: {
        "boxes": "(N, A, 4): x1, y1, x2, y2 in pixels of the input, of every anchor",
        "scores": "(N, A, classes): before non-maximum suppression",
    },
}
"""Of each task, the names of the graph's outputs, and what they are."""


class Graph(nn.Module):
    """A network that returns what `OUTPUTS` names.

    Args:
        model: As `lightning_modules.load` gives it.
        size: Height and width, where the graph is to be of this size alone.

    Shape:
        Images (N, 3, H, W), prepared → as in `OUTPUTS`.

    Raises:
        UserError: If the model is of another task.
    """

    def __init__(self, model: Any, size: tuple[int, int] | None = None) -> None:
        super().__init__()
        task = next((task for task in OUTPUTS if isinstance(model, task)), None)
        if task is None:
            raise UserError(f"export is for {', '.join(t.__name__ for t in OUTPUTS)}, got {type(model).__name__}")
        self.network, self.outputs, self.size = model.network, OUTPUTS[task], size
        self.scored_boxes = model.scored_boxes if isinstance(model, Detection) else None

    def forward(self, image: Tensor) -> Outputs:
        made = self.network(image)
        if self.scored_boxes is None:
            return (made,)
        scores, boxes = self.scored_boxes(made, image)
        return boxes, scores


def traced(graph: Graph) -> ExportedProgram:
    """The graph for any batch, and for its size or any.

    Raises:
        UserError: If torch cannot trace it, or only for one size; says where.
    """
    example = torch.zeros(2, 3, *(graph.size or EXAMPLE), device=next(graph.parameters()).device)
    dynamic = dict.fromkeys((0,) if graph.size else (0, 2, 3), Dim.DYNAMIC)
    try:
        return torch.export.export(graph, (example,), dynamic_shapes=(dynamic,))
    except Exception as error:  # of any kind: from torch, or from whatever code is traced
        hint = "" if graph.size else "; --size HEIGHT WIDTH asks for one size alone"
        raise UserError(f"the model cannot be exported: {first_line(error)}{hint}") from error


def first_line(error: BaseException) -> str:
    """What an exporter says, without its advice and its traceback; of one that wraps another, what the first said."""
    while error.__cause__ is not None:
        error = error.__cause__
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return " ".join(lines[:2])[:250] or type(error).__name__
