"""The contract of every detection head."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeAlias

import torch
from torch import Tensor

from experiments.trial.contracts.cases import CLASSES, SMALL, assert_same, make_pyramid
from lightning_modules.heads import BoxHead, Predictions
from lightning_modules.layers import Level

Make: TypeAlias = Callable[[Sequence[Level], int, bool], BoxHead]
FIVE = [Level(8, 8), Level(8, 16), Level(8, 32), Level(8, 64), Level(8, 128)]
MIXED = [Level(4, 4), Level(8, 8), Level(16, 8)]
SIZES = ((33, 65), (1, 1))


def small(cls: type[BoxHead], arguments: Mapping[str, Any]) -> Make:
    """The class with few channels and layers, where it has such arguments."""
    known = inspect.signature(cls).parameters
    return partial(cls, **{name: value for name, value in {**SMALL, "depth": 2, **arguments}.items() if name in known})


def build(make: Make, levels: Sequence[Level] = FIVE, background_logit: bool = False) -> BoxHead:
    """The head on some levels, with the same weights each time."""
    torch.manual_seed(0)
    return make(levels, CLASSES, background_logit)


def outputs(head: Callable[[list[Tensor]], Predictions], maps: list[Tensor]) -> list[Tensor]:
    """What it predicts, without the centerness that it may lack."""
    return [x for x in head(list(maps)) if x is not None]


def every_anchor_gets_logits_and_deltas(make: Make) -> None:
    """There are logits and deltas for each anchor, for odd and tiny images and any levels too."""
    cases = [(levels, size, own) for levels in (FIVE, MIXED, [Level(8, 16)]) for size in SIZES for own in (False, True)]
    for levels, size, own in cases:
        head = build(make, levels, own)
        found, count = head(make_pyramid(*size, levels=levels)), len(head.anchors(torch.zeros(2, 3, *size)))
        wanted = {"logits": (2, count, CLASSES + own), "deltas": (2, count, 4), "centerness": (2, count)}
        made = {name: tuple(x.shape) for name, x in found._asdict().items() if x is not None}
        faults = [f"{name} of {shape} and not {wanted[name]}" for name, shape in made.items() if shape != wanted[name]]
        assert not faults, f"for an image of {size}, strides {[s for _, s in levels]}: {', '.join(faults)}"


def boxes_are_found_again(make: Make) -> None:
    """`decode` is the inverse of `encode`, for the anchors that find a box."""
    head = build(make)
    anchors = head.anchors(torch.zeros(1, 3, 128, 128))
    boxes = torch.tensor([[10.0, 12.0, 50.0, 60.0], [30.0, 70.0, 90.0, 126.0]])
    match = head.match(boxes, anchors)
    assert (match >= 0).any(), "no anchor finds any of two boxes in the middle of an image"
    wanted, found = boxes[match[match >= 0]], anchors[match >= 0]
    torch.testing.assert_close(head.decode(head.encode(wanted, found), found), wanted, rtol=1e-4, atol=1e-3)


def every_parameter_learns(make: Make) -> None:
    """Each parameter gets a finite gradient."""
    head = build(make, MIXED)
    torch.stack([x.square().sum() for x in outputs(head, make_pyramid(65, 97, levels=MIXED))]).sum().backward()
    without = [name for name, p in head.named_parameters() if p.grad is None or not p.grad.isfinite().all()]
    assert not without, f"no finite gradient for {', '.join(without)}"


def maps_are_only_read(make: Make) -> None:
    """The maps that it is given are not changed in place."""
    head, maps = build(make), make_pyramid(33, 65, levels=FIVE)
    before = [x.clone() for x in maps]
    head(maps)
    changed = [i for i, (a, b) in enumerate(zip(maps, before, strict=True)) if not torch.equal(a, b)]
    assert not changed, f"level {changed} was changed"


def in_eval_mode_samples_do_not_touch_each_other(make: Make) -> None:
    """In eval mode what it says of an image does not depend on the others of its batch."""
    head, maps = build(make).eval(), make_pyramid(33, 65, levels=FIVE)
    assert_same(outputs(head, [x[:1] for x in maps]), [x[:1] for x in outputs(head, maps)])


def it_exports_with_any_batch_size(make: Make) -> None:
    """`torch.export` takes it, for any batch size."""
    head, maps = build(make).eval(), make_pyramid(33, 65, levels=FIVE)
    batch = torch.export.Dim("batch", min=1, max=64)
    program = torch.export.export(head, (maps,), dynamic_shapes=([{0: batch} for _ in maps],))
    maps = make_pyramid(33, 65, batch=3, levels=FIVE)
    assert_same(outputs(program.module(), maps), outputs(head, maps))


def it_compiles_without_a_graph_break(make: Make) -> None:
    """`torch.compile` takes it whole."""
    head, maps = build(make), make_pyramid(33, 65, levels=FIVE)
    torch._dynamo.reset()
    assert_same(outputs(torch.compile(head, fullgraph=True, backend="eager"), maps), outputs(head, maps))


def memory_layout_does_not_matter(make: Make) -> None:
    """In the memory format channels_last its outputs are the same."""
    head, maps = build(make), make_pyramid(33, 65, levels=FIVE)
    last = [x.contiguous(memory_format=torch.channels_last) for x in maps]
    assert_same(outputs(head, last), outputs(head, maps))


def gradients_are_right(make: Make) -> None:
    """Its gradients are those of finite differences, in float64."""
    head = build(make, MIXED).double()
    maps = [x.double().requires_grad_() for x in make_pyramid(20, 28, levels=MIXED)]
    assert torch.autograd.gradcheck(lambda *x: tuple(outputs(head, list(x))), maps, fast_mode=True)


def it_trains_under_bfloat16_autocast(make: Make) -> None:
    """Under bfloat16 autocast its gradients are finite, and in float32."""
    head = build(make)
    with torch.autocast("cpu", torch.bfloat16):
        made = outputs(head, make_pyramid(17, 17, levels=FIVE))
    torch.stack([x.float().square().mean() for x in made]).sum().backward()
    found = {name: p.grad for name, p in head.named_parameters()}
    wrong = [name for name, g in found.items() if g is None or g.dtype != torch.float32 or not g.isfinite().all()]
    assert not wrong, f"the gradients of {', '.join(wrong)}"


CONTRACT: tuple[Callable[[Make], None], ...] = (
    every_anchor_gets_logits_and_deltas,
    boxes_are_found_again,
    every_parameter_learns,
    maps_are_only_read,
    in_eval_mode_samples_do_not_touch_each_other,
    it_exports_with_any_batch_size,
    it_compiles_without_a_graph_break,
    memory_layout_does_not_matter,
    gradients_are_right,
    it_trains_under_bfloat16_autocast,
)
