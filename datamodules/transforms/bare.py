"""Labels for the pixels that a transform lays bare."""

from collections.abc import Callable, Iterator
from typing import Any

from torch import nn
from torchvision import tv_tensors
from torchvision.transforms.v2 import functional as F

IGNORE = 255  # the label of pixels that count neither in a loss nor in a metric


class LabelMask(tv_tensors.Mask):
    """A mask of uint8 labels. Where a transform lays pixels bare and no fill is given, they become 255."""


def _ignore_bare(functional: Callable[..., Any]) -> None:
    def kernel(mask: Any, *args: Any, fill: Any = None, **options: Any) -> Any:
        if fill is not None:
            moved = functional(tv_tensors.Mask(mask), *args, fill=fill, **options)
        else:  # laid bare is 0: one less than the labels here, and 255 when they are back
            moved = functional(tv_tensors.Mask(mask + 1), *args, **options) - 1
        return tv_tensors.wrap(moved, like=mask)

    F.register_kernel(functional, LabelMask)(kernel)


for _functional in (F.affine, F.center_crop, F.elastic, F.perspective, F.resized_crop, F.rotate):
    _ignore_bare(_functional)


def _pad(mask: Any, padding: list[int], fill: Any = None, padding_mode: str = "constant") -> Any:
    padded = F.pad(tv_tensors.Mask(mask), padding, IGNORE if fill is None else fill, padding_mode)
    return tv_tensors.wrap(padded, like=mask)


def _crop(mask: Any, top: int, left: int, height: int, width: int) -> Any:
    """What lies within the mask lays nothing bare; torchvision fills what does not with 0."""
    rows, columns = mask.shape[-2:]
    inside = 0 <= top <= rows - height and 0 <= left <= columns - width
    whole = tv_tensors.Mask(mask if inside else mask + 1)
    cropped = F.crop(whole, top, left, height, width)
    return tv_tensors.wrap(cropped if inside else cropped - 1, like=mask)


F.register_kernel(F.pad, LabelMask)(_pad)
F.register_kernel(F.crop, LabelMask)(_crop)


def set_mask_fill(transform: Any, labels: int) -> None:
    """Let a transform, and all within it, fill masks with 255, unless its `fill` names `Mask` or `others`.

    A number or a colour alone is meant for images: a grey of 114 is not a label, nor is torchvision's default of 0.
    YAML knows no types: there their names stand for them.

    Raises:
        ValueError: If a `fill` names something else, or a label that is neither 255 nor below `labels`.
    """
    for each in _all_within(transform):
        if isinstance(getattr(each, "_fill", None), dict):  # torchvision's: what it fills each type with
            each._fill = _by_type(each, each._fill)
            each._fill[LabelMask] = _mask_fill(each, labels)


def _by_type(transform: Any, fills: dict[Any, Any]) -> dict[Any, Any]:
    named = {getattr(tv_tensors, key.rpartition(".")[2], key) if isinstance(key, str) else key: key for key in fills}
    if unknown := sorted(key for key in named if isinstance(key, str) and key != "others"):
        raise ValueError(f"{type(transform).__name__}: fill may name Image, Mask and others, got {unknown[0]}")
    return {key: fills[name] for key, name in named.items()}


def _mask_fill(transform: Any, labels: int) -> float:
    fills = transform._fill if isinstance(transform.fill, dict) else {}
    label = fills.get(tv_tensors.Mask, fills.get("others"))
    if label is None:
        return IGNORE
    if label not in (*range(labels), IGNORE):
        name = type(transform).__name__
        raise ValueError(f"{name}: fill of masks must be a label, 0 to {labels - 1}, or 255 to ignore, got {label}")
    return float(label)


def _all_within(transform: Any) -> Iterator[Any]:
    yield transform
    children = transform.children() if isinstance(transform, nn.Module) else ()
    for inner in (*getattr(transform, "transforms", ()), *children):  # Compose keeps its own in a plain list
        yield from _all_within(inner)
