"""The files that a graph is written to."""

import io
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import torch
from torch import Tensor
from torch.export import ExportedProgram

from experiments.errors import UserError
from experiments.trial.use.graph import Graph, Outputs, first_line

Texts: TypeAlias = Mapping[str, str]


class Format(NamedTuple):
    """A kind of file.

    Args:
        suffix: That its name ends in.
        needs: Packages that bring it.
        write: Writes a traced graph, and what is to be known of it.
        read: What computes the graph in a file.
    """

    suffix: str
    needs: tuple[str, ...]
    write: Callable[[Graph, ExportedProgram, Texts, Path], None]
    read: Callable[[Path], Callable[[Tensor], Outputs]]

    def check(self) -> None:
        """See that its packages are here.

        Raises:
            UserError: Says how to get them.
        """
        missing = [name for name in self.needs if not _imports(name)]
        if missing:
            packages = ", ".join(missing)
            raise UserError(f"{self.suffix} files need {packages}: pip install 'trickbench[export]'")


def _imports(name: str) -> bool:
    try:
        import_module(name)
    except ImportError:  # not installed, or broken
        return False
    return True


def _write_onnx(graph: Graph, program: ExportedProgram, texts: Texts, file: Path) -> None:
    try:
        made: Any = torch.onnx.export(
            program,
            dynamo=True,
            verbose=False,
            external_data=False,  # all in one file
            input_names=["image"],
            output_names=[*graph.outputs],
        )
    except Exception as error:  # of any kind: the exporter's own are many, and private
        raise UserError(f"the model cannot be exported to ONNX: {first_line(error)}") from error
    made.model.metadata_props.update(texts)
    made.save(file)


def _read_onnx(file: Path) -> Callable[[Tensor], Outputs]:
    runtime: Any = import_module("onnxruntime")
    session = runtime.InferenceSession(file, providers=["CPUExecutionProvider"])
    return lambda image: tuple(map(torch.from_numpy, session.run(None, {"image": image.numpy()})))


def _write_torch(graph: Graph, program: ExportedProgram, texts: Texts, file: Path) -> None:
    program.example_inputs = None  # they would take megabytes
    buffer = io.BytesIO()  # to a file, torch wants a name that ends in .pt2
    torch.export.save(program, buffer, extra_files=dict(texts))
    file.write_bytes(buffer.getvalue())


def _read_torch(file: Path) -> Callable[[Tensor], Outputs]:
    return torch.export.load(io.BytesIO(file.read_bytes())).module()


FORMATS = {
    "onnx": Format(".onnx", ("onnx", "onnxscript", "onnxruntime"), _write_onnx, _read_onnx),
    "torch": Format(".pt2", (), _write_torch, _read_torch),
}
