"""Exports networks that hold every backbone, block and head: `python -W ignore -m docs.exports [CLASS ...]`.

Prints a row for each network that holds one of the classes: how far the written file is from the model, at two sizes
(at one where it is for one alone) and in each format, or why there is no file. All of them take a quarter of an hour.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from jsonargparse import ArgumentParser
from lightning.pytorch import LightningModule
from torch import nn

from experiments.declare import configs
from experiments.errors import UserError
from experiments.trial.use.export import Images, written
from experiments.trial.use.formats import FORMATS
from experiments.trial.use.graph import Graph
from lightning_modules import heads
from lightning_modules.backbones.weights import none_fetched

SIZE = (224, 288)
NETWORKS: list[dict[str, str]] = [
    {"backbone": "Tiny", "fusion": "FPN", "head": "FCOSHead"},
    {"backbone": "EfficientNet", "fusion": "BiFPN", "head": "RetinaHead"},
    {"backbone": "ResNet", "context": "PPM", "head": "LinearHead"},
    {"backbone": "Timm", "context": "FPA", "fusion": "GAU", "head": "FCNHead"},
    {"backbone": "MobileNetV3", "context": "ASPP", "fusion": "DeepLabDecoder", "head": "FCNHead"},
    {"backbone": "Swin", "context": "PPM", "fusion": "FPN", "head": "UPerHead"},
    {"backbone": "EfficientNetLite0", "context": "SPP", "fusion": "PAFPN", "head": "SemanticFPNHead"},
    {"backbone": "ConvNeXt", "context": "SPPF", "head": "GAPHead"},
    {"backbone": "ResNeXt", "head": "SPPHead"},
    {"backbone": "Tiny", "context": "OCR", "fusion": "OneLevel", "head": "FCNHead"},
    {"backbone": "Tiny", "context": "StripPooling", "head": "FCNHead"},
    {"backbone": "SimplePyramid", "head": "FCNHead"},
]
ARGUMENTS: dict[str, dict[str, Any]] = {
    "BiFPN": {"channels": 64, "extra_levels": 2},
    "FCOSHead": {"channels": 64, "norm": True},
    "FPN": {"channels": 64},
    "OneLevel": {"channels": 64},
    "MobileNetV3": {"variant": "small"},
    "PAFPN": {"channels": 64},
    "ResNet": {"depth": 18, "output_stride": 8},
    "RetinaHead": {"channels": 64},
    "SimplePyramid": {"name": "test_vit", "channels": 64},
    "Timm": {"name": "test_resnet"},
    "Tiny": {"stages": 4},
}
ONE_SIZE = {"Swin"}  # for any size, torch traces the padding of its windows for minutes
GIVEN = {heads.PixelHead: "digits", heads.ImageHead: "digit_classes", heads.BoxHead: "digits_retina"}


def built(parts: dict[str, str]) -> LightningModule:
    """A model of these parts with random weights, and statistics that fit them: its outputs are as large as trained."""
    head = getattr(heads, parts["head"])
    baseline = next(name for kind, name in GIVEN.items() if issubclass(head, kind))
    model = configs.read_yaml(Path(f"experiments/baselines/{baseline}.yaml"))["model"]
    model["init_args"].pop("fusion", None)
    for slot, name in parts.items():
        model["init_args"][slot] = {"class_path": name, "init_args": ARGUMENTS.get(name, {})}
    parser = ArgumentParser(exit_on_error=False)
    parser.add_subclass_arguments(LightningModule, "model")
    torch.manual_seed(0)
    with none_fetched():
        made = parser.instantiate(parser.parse_object({"model": model})).model
    _seen(made.network)
    return made.eval()


def _seen(network: nn.Module) -> None:
    for part in network.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.momentum = None  # the mean over all batches
    with torch.no_grad():
        for _ in range(4):
            network(torch.randn(4, 3, *SIZE))


def row(parts: dict[str, str]) -> str:
    """A network's line of the table."""
    made, images = built(parts), Images(torch.randn(2, 3, *SIZE), "random images")
    graph = Graph(made, SIZE if ONE_SIZE & {*parts.values()} else None)
    tried = [_tried(made, graph, kind, images) for kind in FORMATS]
    return f"| {' → '.join(parts.values())} | {' | '.join(tried)} |"


def _tried(model: LightningModule, graph: Graph, kind: str, images: Images) -> str:
    form = FORMATS[kind]
    with TemporaryDirectory() as folder:
        try:
            lines = written(model, graph, form, images, Path(folder) / f"model{form.suffix}")
        except UserError as error:
            return str(error)
    return "; ".join(line.partition(" (")[0].replace(" largest difference from the model", "") for line in lines)


if __name__ == "__main__":
    print(f"| network | {' | '.join(FORMATS)} |\n|---|---|---|")
    for parts in NETWORKS:
        if not sys.argv[1:] or {*sys.argv[1:]} & {*parts.values()}:
            print(row(parts), flush=True)
