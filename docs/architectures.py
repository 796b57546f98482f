"""Prints the tables of docs/architectures.md: `make architectures`.

What was published and what was measured here comes from the comments that open the baselines' YAMLs.
Everything is built on torch's meta device, so that no weight is ever drawn and no product computed.
"""

import re
from collections.abc import Callable
from typing import Any

import segmentation_models_pytorch as smp
import torch
from jsonargparse import ArgumentParser
from lightning.pytorch import LightningModule
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode
from torchvision.models import detection, segmentation

import lightning_modules  # noqa: F401, short class names resolve to what is imported
from docs.claims import comment
from experiments.declare import configs

SIZE = 512
CLASSES = {"Segmentation": 21, "Detection": 91}  # those of the references
PLAIN: dict[str, Any] = {"weights": None, "weights_backbone": None}
WIDTHS = {"encoder_name": "resnet50", "encoder_weights": None, "classes": 21}
REFERENCES: dict[str, tuple[str, Callable[[], nn.Module]]] = {
    "fcn": ("torchvision", lambda: segmentation.fcn_resnet50(**PLAIN)),
    "pspnet": ("smp", lambda: smp.PSPNet(**WIDTHS, encoder_depth=5)),
    "deeplabv3": ("torchvision", lambda: segmentation.deeplabv3_resnet50(**PLAIN)),
    "deeplabv3plus": ("smp", lambda: smp.DeepLabV3Plus(**WIDTHS)),
    "semantic_fpn": ("smp", lambda: smp.FPN(**WIDTHS)),
    "upernet": ("smp", lambda: smp.UPerNet(**WIDTHS, decoder_channels=512)),
    "pan": ("smp", lambda: smp.PAN(**WIDTHS)),
    "retinanet": ("torchvision", lambda: detection.retinanet_resnet50_fpn(**PLAIN)),
    "fcos": ("torchvision", lambda: detection.fcos_resnet50_fpn(**PLAIN)),
}
NAMES = [*REFERENCES, "yolov3_spp", "panet", "efficientdet"]
SAID = re.compile(
    r"Published: (?P<published>.*?) Trained: (?P<trained>.*?)(?: trickbench .*)?$"
)  # and by which commands


def ours(name: str) -> nn.Module:
    """The network of a baseline, with the references' number of classes."""
    model = configs.read_yaml(configs.find("baselines", name))["model"]
    model["init_args"]["num_classes"] = CLASSES[model["class_path"]]
    parser = ArgumentParser(exit_on_error=False)
    parser.add_subclass_arguments(LightningModule, "model")
    with torch.device("meta"):
        return parser.instantiate(parser.parse_object({"model": model})).model.network


def theirs(name: str) -> tuple[str, nn.Module]:
    """Whose network it is that ours is compared with, and the network."""
    source, make = REFERENCES[name]
    with torch.device("meta"):
        return source, make()


def parameters(network: nn.Module) -> int:
    """Trainable parameters."""
    return sum(parameter.numel() for parameter in network.parameters())


def flops(network: nn.Module) -> int:
    """Of one forward pass on one image of SIZE × SIZE, 2 for a multiply-add."""
    counter = FlopCounterMode(display=False)
    with counter, torch.no_grad():
        _forward(network.eval(), torch.empty(1, 3, SIZE, SIZE, device="meta"))
    return counter.get_total_flops()


def _forward(network: Any, image: Tensor) -> None:
    if hasattr(network, "anchor_generator"):  # torchvision's detectors resize and select too, which is not counted
        network.head(list(network.backbone(image).values()))
    else:
        network(image)


def row(name: str) -> str:
    """A line of the table."""
    cells = [name, *_figures(ours(name))]
    if name in REFERENCES:
        source, network = theirs(name)
        cells += [source, *_figures(network)]
    return f"| {' | '.join([*cells, *['–'] * (6 - len(cells))])} |"


def _figures(network: nn.Module) -> tuple[str, str]:
    return f"{parameters(network):,}", f"{flops(network) / 1e9:.1f}"


def table() -> str:
    """The whole table, as Markdown."""
    head = "| baseline | parameters | GFLOPs | beside | parameters | GFLOPs |\n|---|--:|--:|---|--:|--:|"
    return "\n".join([head, *map(row, NAMES)])


def trained_row(name: str) -> str:
    """A line of the table of what was trained to the end.

    Raises:
        ValueError: If the baseline's comment does not end with what was published and trained.
    """
    if (said := SAID.search(comment(configs.find("baselines", name)))) is None:
        raise ValueError(f"the comment of {name} must end with Published: and Trained:")
    return f"| {name} | {said['published']} | {said['trained'].rstrip(':')} |"


def trained() -> str:
    """The table of what was trained to the end, as Markdown."""
    return "\n".join(["| baseline | published | trained here |", "|---|---|---|", *map(trained_row, NAMES)])


if __name__ == "__main__":
    print(table(), trained(), sep="\n\n")
