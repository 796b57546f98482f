"""One contract for whatever fills the context, the fusion or the head slot, but for detection heads.

The classes are found by `tests.walk`, their variants and their wrong arguments through their signatures: a
new block is tested by being there.
"""

import inspect
import typing
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import pytest
import torch
from torch import Tensor, nn

from lightning_modules import heads, pyramid
from lightning_modules.heads import ImageHead, PixelHead
from lightning_modules.layers import Level
from lightning_modules.pyramid import PyramidBlock
from lightning_modules.rewrites import GroupNorm
from tests.walk import subclasses

LEVELS = [Level(4, 4), Level(6, 8), Level(8, 16), Level(10, 32)]
CLASSES = 3
SMALL = {"channels": 8, "out_channels": 8, "hidden": 8, "low_channels": 4, "repeats": 1, "extra_levels": 2}


@dataclass(frozen=True)
class Case:
    """A class and the arguments that make it small, one of them perhaps other than the default."""

    cls: type[nn.Module]
    arguments: dict[str, Any] = field(default_factory=dict)

    def build(self, **changes: Any) -> nn.Module:
        torch.manual_seed(0)
        arguments = {"levels": LEVELS, **self.arguments, **changes}
        if issubclass(self.cls, PixelHead | ImageHead):
            arguments.setdefault("num_classes", CLASSES)
        return self.cls(**arguments)

    def __str__(self) -> str:
        varied = [f"{name}={value}" for name, value in self.arguments.items() if name not in SMALL]
        return "-".join([self.cls.__name__, *varied])


def hints(cls: type[nn.Module]) -> dict[str, Any]:
    """The constructor's arguments and their types."""
    found = typing.get_type_hints(cls.__init__)
    return {name: found[name] for name in inspect.signature(cls).parameters}


def variants(cls: type[nn.Module]) -> Iterator[Case]:
    """The class with its defaults, then with every other value of each flag and choice."""
    small = {name: value for name, value in SMALL.items() if name in hints(cls)}
    yield Case(cls, small)
    for name, hint in hints(cls).items():
        values = (True, False) if hint is bool else typing.get_args(hint) if typing.get_origin(hint) is Literal else ()
        default = inspect.signature(cls).parameters[name].default
        yield from (Case(cls, {**small, name: value}) for value in values if value != default)


BLOCKS = subclasses(PyramidBlock)
HEADS = [*subclasses(PixelHead), *subclasses(ImageHead)]
CASES = [case for cls in [*BLOCKS, *HEADS] for case in variants(cls)]
every_case = pytest.mark.parametrize("case", CASES, ids=str)


def make_pyramid(height: int, width: int, batch: int = 2, levels: Sequence[Level] = LEVELS) -> list[Tensor]:
    """The maps that a backbone would make of an image of this size."""
    torch.manual_seed(1)
    return [torch.randn(batch, c, -(-height // s), -(-width // s)) for c, s in levels]


def outputs(module: nn.Module, maps: list[Tensor]) -> list[Tensor]:
    result = module(list(maps))
    return result if isinstance(result, list) else [result]


def promised(module: nn.Module, height: int, width: int, levels: Sequence[Level] = LEVELS) -> list[tuple[int, ...]]:
    """Shapes of the outputs for two images of this size."""
    if isinstance(module, ImageHead):
        return [(2, CLASSES)]
    out = module.levels if isinstance(module, PyramidBlock) else [Level(CLASSES, levels[0].stride)]
    return [(2, c, -(-height // s), -(-width // s)) for c, s in out]


def without_dropout(module: nn.Module) -> nn.Module:
    for part in module.modules():
        if isinstance(part, (nn.Dropout, nn.Dropout2d)):
            part.eval()
    return module


def assert_same(ours: list[Tensor], theirs: list[Tensor]) -> None:
    for a, b in zip(ours, theirs, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-5)


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
def test_batch_1_trains_or_is_refused_by_name(case: Case) -> None:
    module = case.build()
    try:
        outputs(module, make_pyramid(257, 257, batch=1))
    except ValueError as error:
        assert str(error).startswith(f"{case.cls.__name__}: BatchNorm")  # noqa: PT017, both outcomes are right
        assert "GroupNorm" in str(error)  # noqa: PT017


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


def wrong_arguments() -> Iterator[tuple[Case, str, Any]]:
    """Each argument of each class with values that no argument of its type may have."""
    wrong = {int: [-1], int | None: [-1], float: [-0.1, 1.0], Sequence[int]: [[], [-1]]}
    wrong[Sequence[int] | None] = wrong[Sequence[int]]
    for cls in [*BLOCKS, *HEADS]:
        for name, hint in hints(cls).items():
            values = ["nonsense"] if typing.get_origin(hint) is Literal else wrong.get(hint, [])
            yield from ((next(variants(cls)), name, value) for value in values)


@pytest.mark.parametrize(("case", "name", "value"), list(wrong_arguments()), ids=str)
def test_wrong_arguments_are_named_in_one_line(case: Case, name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=rf"^{case.cls.__name__}: .*\b{name}\b[^\n]*$") as error:
        case.build(**{name: value})
    assert str(value[0] if value and isinstance(value, list) else value) in str(error.value)


@pytest.mark.parametrize("levels", [[], [Level(8, 32), Level(8, 16)], [Level(8, 4), Level(8, 6)]], ids=str)
@pytest.mark.parametrize("cls", [*BLOCKS, *HEADS])
def test_wrong_levels_are_named_in_one_line(cls: type[nn.Module], levels: list[Level]) -> None:
    with pytest.raises(ValueError, match=rf"^{cls.__name__}: [^\n]*(level|stride)[^\n]*$"):
        next(variants(cls)).build(levels=levels)
