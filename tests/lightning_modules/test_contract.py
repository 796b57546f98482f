"""One contract for whatever fills the context, the fusion or the head slot, but for detection heads."""

import pytest
import torch
from torch import nn

from lightning_modules import heads, pyramid
from lightning_modules.layers import Level
from lightning_modules.rewrites import GroupNorm
from tests.lightning_modules.cases import (
    BLOCKS,
    HEADS,
    LEVELS,
    Case,
    assert_same,
    every_case,
    make_pyramid,
    outputs,
    promised,
    variants,
    without_dropout,
)


def test_every_block_and_head_is_found_and_exported() -> None:
    assert {cls.__name__ for cls in BLOCKS} == set(pyramid.__all__) - {"PyramidBlock"}
    assert {cls.__name__ for cls in HEADS} <= set(heads.__all__)


@pytest.mark.parametrize("size", [(1, 1), (7, 13), (33, 65), (64, 96)], ids=str)
@every_case
def test_maps_are_as_promised_for_any_image_size(case: Case, size: tuple[int, int]) -> None:
    module, maps = case.build(), make_pyramid(*size)
    assert [tuple(x.shape) for x in outputs(module, maps)] == promised(module, *size)


@pytest.mark.parametrize("cls", BLOCKS)
def test_a_level_that_is_promised_unchanged_is_passed_on(cls: type[nn.Module]) -> None:
    block, maps = next(variants(cls)).build(), make_pyramid(64, 64)
    if block.levels[:-1] == tuple(LEVELS[:-1]):
        assert all(a is b for a, b in zip(block(maps)[:-1], maps[:-1], strict=True))


@pytest.mark.parametrize("strides", [(4, 8, 16, 16), (4, 8, 8, 8)])
@every_case
def test_dilated_backbones_fit(case: Case, strides: tuple[int, ...]) -> None:
    levels = [Level(c, s) for (c, _), s in zip(LEVELS, strides, strict=True)]
    module, maps = case.build(levels=levels), make_pyramid(33, 65, levels=levels)
    assert [tuple(x.shape) for x in outputs(module, maps)] == promised(module, 33, 65, levels)


@every_case
def test_every_parameter_learns(case: Case) -> None:
    module = case.build()
    sum(x.square().mean() for x in outputs(module, make_pyramid(65, 97))).backward()
    for name, parameter in module.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name


@every_case
def test_nothing_but_a_norm_of_one_value_refuses_batch_1(case: Case) -> None:
    module = case.build()
    try:
        outputs(module, make_pyramid(257, 257, batch=1))
    except ValueError as error:
        assert "more than 1 value per channel" in str(error)  # noqa: PT017, both outcomes are right


@every_case
def test_batch_1_trains_under_group_norm(case: Case) -> None:
    module = case.build()
    if any(isinstance(part, nn.BatchNorm2d) for part in module.modules()):
        module = GroupNorm(groups=1)(module)
    assert all(x.isfinite().all() for x in outputs(module, make_pyramid(257, 257, batch=1)))


@every_case
def test_in_eval_mode_samples_do_not_touch_each_other(case: Case) -> None:
    module, maps = case.build().eval(), make_pyramid(33, 65)
    alone = outputs(module, [x[:1] for x in maps])
    assert_same(alone, [x[:1] for x in outputs(module, maps)])


@every_case
def test_inputs_are_left_as_they_are(case: Case) -> None:
    module, maps = case.build(), make_pyramid(33, 65)
    before = [x.clone() for x in maps]
    outputs(module, maps)
    assert all(torch.equal(a, b) for a, b in zip(maps, before, strict=True))


@every_case
def test_exports_with_any_batch_size(case: Case) -> None:
    module, maps = case.build().eval(), make_pyramid(33, 65)
    batch = torch.export.Dim("batch", min=1, max=64)
    program = torch.export.export(module, (maps,), dynamic_shapes=([{0: batch} for _ in maps],))
    maps = make_pyramid(33, 65, batch=3)
    assert_same(outputs(program.module(), maps), outputs(module, maps))


@every_case
def test_compiles_without_a_graph_break(case: Case) -> None:
    module, maps = without_dropout(case.build()), make_pyramid(33, 65)
    torch._dynamo.reset()
    compiled = torch.compile(module, fullgraph=True, backend="eager")
    assert_same(outputs(compiled, maps), outputs(module, maps))


@every_case
def test_channels_last_changes_nothing(case: Case) -> None:
    module, maps = without_dropout(case.build()), make_pyramid(33, 65)
    last = [x.contiguous(memory_format=torch.channels_last) for x in maps]
    assert_same(outputs(module, last), outputs(module, maps))


@every_case
def test_gradients_are_right(case: Case) -> None:
    module = without_dropout(case.build().double())
    maps = [x.double().requires_grad_() for x in make_pyramid(40, 72)]
    assert torch.autograd.gradcheck(lambda *x: tuple(outputs(module, list(x))), maps, fast_mode=True)


@every_case
def test_trains_under_bfloat16_autocast(case: Case) -> None:
    module = case.build()
    with torch.autocast("cpu", torch.bfloat16):
        loss = sum(x.float().square().mean() for x in outputs(module, make_pyramid(17, 17)))
    loss.backward()
    assert all(p.grad.dtype == torch.float32 and p.grad.isfinite().all() for p in module.parameters())
