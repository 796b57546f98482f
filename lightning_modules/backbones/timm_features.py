"""Any network of timm as a backbone."""

import re
from typing import Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from lightning_modules.backbones.base import Backbone
from lightning_modules.backbones.normalization import IMAGENET, Renormalize
from lightning_modules.backbones.weights import are_fetched, check_known, import_extra
from lightning_modules.layers import Level, check_levels


class Timm(Backbone):
    """A network of timm that gives feature maps (Wightman 2019, "PyTorch Image Models").

    Needs `pip install 'trickbench[timm]'`. The image is padded by zeros below and to the right to a multiple of the
    coarsest stride, and brought to the normalisation that the pretrained weights expect. A network for one image
    size takes other sizes by an option of its own: `img_size`, `dynamic_img_size` (ViT), `strict_img_size` (Swin).

    Args:
        name: As in `timm.list_models`, with or without the tag of the weights: resnet18, resnet18.a1_in1k.
        pretrained: Load timm's weights, downloaded on first use.
        out_indices: The last n levels, or which: [0, 1, 2] are the finest three.
        output_stride: Stride of the last level, where the network can be dilated.
        options: Further arguments of `timm.create_model`.

    Shape:
        (N, 3, H, W) → the levels that were asked for; four at strides 4, 8, 16 and 32 for most networks.

    Raises:
        ValueError: If timm has no network of that name (the nearest are named), cannot make these levels of it, or
            they are not a pyramid.
        ImportError: If timm is not installed.
        ConnectionError: If the weights cannot be downloaded; says how to go on.
        ValueError: In `forward`, if the network cannot read images of this size; says which options let it.
    """

    def __init__(
        self,
        name: str,
        pretrained: bool = False,
        out_indices: int | list[int] = 4,
        output_stride: Literal[8, 16, 32] = 32,
        options: dict[str, Any] | None = None,
    ) -> None:
        super().__init__()
        stride = {} if output_stride == 32 else {"output_stride": output_stride}
        self.name = name
        self.net = _create(name, pretrained, {"out_indices": out_indices, **stride, **(options or {})})
        info = self.net.feature_info
        self.levels = tuple(Level(*level) for level in zip(info.channels(), info.reduction(), strict=True))
        check_levels(self, self.levels)
        cfg = self.net.pretrained_cfg
        self.normalize = Renormalize(*((cfg["mean"], cfg["std"]) if pretrained else IMAGENET))
        self.channels_last = str(getattr(self.net, "output_fmt", None)).endswith("NHWC")

    def forward(self, image: Tensor) -> list[Tensor]:
        height, width = image.shape[-2:]
        coarsest = self.levels[-1].stride
        maps = self._maps(F.pad(self.normalize(image), (0, -width % coarsest, 0, -height % coarsest)))
        if self.channels_last:
            maps = [x.permute(0, 3, 1, 2) for x in maps]
        return [
            _cut(x, (height + s - 1) // s, (width + s - 1) // s) for x, (_, s) in zip(maps, self.levels, strict=True)
        ]

    def _maps(self, image: Tensor) -> list[Tensor]:
        try:
            return self.net(image)
        except (AssertionError, RuntimeError) as error:
            # Of an image's size both speak, but not running out of memory, which is a RuntimeError as well.
            if isinstance(error, torch.OutOfMemoryError) or not re.search("size|height|width", str(error)):
                raise
            raise ValueError(
                f"Timm: {self.name} cannot read an image of {image.shape[-2]} × {image.shape[-1]} ({error}); a network "
                "for one size takes others by options: img_size: [height, width], dynamic_img_size: true (ViT) or "
                "strict_img_size: false (Swin); others need larger images"
            ) from error


def _create(name: str, pretrained: bool, arguments: dict[str, Any]) -> Any:
    timm = import_extra("timm", extra="timm")
    check_known("timm", name, [*timm.list_models(), *timm.list_pretrained()])
    try:
        return timm.create_model(name, pretrained=pretrained and are_fetched(), features_only=True, **arguments)
    except OSError as error:
        raise ConnectionError(
            f"Timm: the weights of {name} cannot be had ({error}); where there is a network, `hf download "
            f"{timm.get_pretrained_cfg(name).hf_hub_id}` brings them into a cache that HF_HOME may name here; or go on "
            "without: pretrained: false"
        ) from error
    except (AssertionError, LookupError, RuntimeError, TypeError) as error:
        raise ValueError(
            f"Timm: timm cannot make {name} with {arguments}: {str(error) or type(error).__name__}"
        ) from error


def _cut(x: Tensor, height: int, width: int) -> Tensor:
    if x.shape[-2] < height or x.shape[-1] < width:
        got = " × ".join(map(str, x.shape[-2:]))
        raise ValueError(f"Timm: the network gives a map of {got} where its stride promises {height} × {width}")
    return x[..., :height, :width]
