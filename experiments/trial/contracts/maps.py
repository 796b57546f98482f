"""The contract of every context block, fusion block and head of pixels or images."""

from collections.abc import Callable
from functools import partial

import torch
from torch import nn

from experiments.trial.contracts.cases import (
    LEVELS,
    Case,
    assert_same,
    make_pyramid,
    outputs,
    promised,
    refusal,
    without_dropout,
)
from lightning_modules.layers import Level
from lightning_modules.rewrites import GroupNorm

SIZES = ((1, 1), (7, 13), (33, 65), (64, 96))
DILATED = ((4, 8, 16, 16), (4, 8, 8, 8))


def maps_are_as_promised_for_any_image_size(case: Case) -> None:
    """Channels and strides are those of `levels`, for odd and tiny images too."""
    module = case.build()
    for size in SIZES:
        made = [tuple(x.shape) for x in outputs(module, make_pyramid(*size))]
        assert made == promised(module, *size), f"for an image of {size}: {made} is not {promised(module, *size)}"


def dilated_backbones_fit(case: Case) -> None:
    """Levels may share a stride, as those of a dilated backbone do."""
    for strides in DILATED:
        levels = [Level(channels, stride) for (channels, _), stride in zip(LEVELS, strides, strict=True)]
        module = case.build(levels=levels)
        made = [tuple(x.shape) for x in outputs(module, make_pyramid(33, 65, levels=levels))]
        assert made == promised(module, 33, 65, levels), f"for strides {strides}: {made}"


def levels_of_no_backbone_are_refused(case: Case) -> None:
    """No levels, and strides that are not multiples of the finer ones, are a ValueError (`check_levels`)."""
    odd = [Level(channels, stride) for (channels, _), stride in zip(LEVELS, (4, 6, 9, 12), strict=True)]
    none: list[Level] = []
    for wrong in (none, odd):
        assert refusal(partial(case.build, levels=wrong)), f"built for levels {[*map(tuple, wrong)]}"


def every_parameter_learns(case: Case) -> None:
    """Each parameter gets a finite gradient."""
    module = case.build()
    torch.stack([x.square().mean() for x in outputs(module, make_pyramid(65, 97))]).sum().backward()
    without = [n for n, p in module.named_parameters() if p.grad is None or not p.grad.isfinite().all()]
    assert not without, f"no finite gradient for {', '.join(without)}"


def nothing_but_a_norm_of_one_value_refuses_batch_1(case: Case) -> None:
    """It trains on a batch of one image, or its BatchNorm says why not."""
    said = refusal(lambda: outputs(case.build(), make_pyramid(257, 257, batch=1)))
    assert not said or "more than 1 value per channel" in said, said


def batch_1_trains_under_group_norm(case: Case) -> None:
    """With GroupNorm in the place of BatchNorm it trains on one image."""
    module = case.build()
    if any(isinstance(part, nn.BatchNorm2d) for part in module.modules()):
        module = GroupNorm(groups=1)(module)
    assert all(x.isfinite().all() for x in outputs(module, make_pyramid(257, 257, batch=1)))


def in_eval_mode_samples_do_not_touch_each_other(case: Case) -> None:
    """In eval mode an image's output does not depend on the others of its batch."""
    module, maps = case.build().eval(), make_pyramid(33, 65)
    alone = outputs(module, [x[:1] for x in maps])
    assert_same(alone, [x[:1] for x in outputs(module, maps)])


def inputs_are_left_as_they_are(case: Case) -> None:
    """The maps that it is given are not changed in place."""
    module, maps = case.build(), make_pyramid(33, 65)
    before = [x.clone() for x in maps]
    outputs(module, maps)
    changed = [i for i, (a, b) in enumerate(zip(maps, before, strict=True)) if not torch.equal(a, b)]
    assert not changed, f"level {changed} was changed in place"


def exports_with_any_batch_size(case: Case) -> None:
    """`torch.export` takes it, with a batch of any size."""
    module, maps = case.build().eval(), make_pyramid(33, 65)
    batch = torch.export.Dim("batch", min=1, max=64)
    program = torch.export.export(module, (maps,), dynamic_shapes=([{0: batch} for _ in maps],))
    maps = make_pyramid(33, 65, batch=3)
    assert_same(outputs(program.module(), maps), outputs(module, maps))


def compiles_without_a_graph_break(case: Case) -> None:
    """`torch.compile` takes it whole."""
    module, maps = without_dropout(case.build()), make_pyramid(33, 65)
    torch._dynamo.reset()
    compiled: nn.Module = torch.compile(module, fullgraph=True, backend="eager")  # type: ignore[assignment]
    assert_same(outputs(compiled, maps), outputs(module, maps))


def channels_last_changes_nothing(case: Case) -> None:
    """In the memory format channels_last its outputs are the same."""
    module, maps = without_dropout(case.build()), make_pyramid(33, 65)
    last = [x.contiguous(memory_format=torch.channels_last) for x in maps]
    assert_same(outputs(module, last), outputs(module, maps))


def gradients_are_right(case: Case) -> None:
    """Its gradients are those of finite differences, in float64."""
    module = without_dropout(case.build().double())
    maps = [x.double().requires_grad_() for x in make_pyramid(40, 72)]
    assert torch.autograd.gradcheck(lambda *x: tuple(outputs(module, list(x))), maps, fast_mode=True)


def trains_under_bfloat16_autocast(case: Case) -> None:
    """Under bfloat16 autocast its gradients are finite, and in float32."""
    module = case.build()
    with torch.autocast("cpu", torch.bfloat16):
        made = outputs(module, make_pyramid(17, 17))
    torch.stack([x.float().square().mean() for x in made]).sum().backward()
    wrong = [n for n, p in module.named_parameters() if p.grad is None or not p.grad.isfinite().all()]
    assert not wrong, f"no finite gradient for {', '.join(wrong)}"
    assert {p.grad.dtype for p in module.parameters() if p.grad is not None} <= {torch.float32}


CONTRACT: tuple[Callable[[Case], None], ...] = (
    maps_are_as_promised_for_any_image_size,
    dilated_backbones_fit,
    levels_of_no_backbone_are_refused,
    every_parameter_learns,
    nothing_but_a_norm_of_one_value_refuses_batch_1,
    batch_1_trains_under_group_norm,
    in_eval_mode_samples_do_not_touch_each_other,
    inputs_are_left_as_they_are,
    exports_with_any_batch_size,
    compiles_without_a_graph_break,
    channels_last_changes_nothing,
    gradients_are_right,
    trains_under_bfloat16_autocast,
)
