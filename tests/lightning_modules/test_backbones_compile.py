"""Backbones export, compile and take channels last."""

import pytest
import torch
from torch import Tensor

from lightning_modules import backbones
from lightning_modules.backbones import Backbone
from tests.lightning_modules.test_backbones import SMALL, evaluated, every_backbone

IMAGE = torch.rand(2, 3, 33, 65, generator=torch.Generator().manual_seed(0))


# The others are deep, and take ten seconds each to trace.
every_small_backbone = pytest.mark.parametrize("cls", [getattr(backbones, name) for name in SMALL])


def assert_same(ours: list[Tensor], theirs: list[Tensor]) -> None:
    for a, b in zip(ours, theirs, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-4)


@every_small_backbone
def test_exports_with_any_batch_size(cls: type[Backbone]) -> None:
    batch = torch.export.Dim("batch", min=1, max=64)
    program = torch.export.export(evaluated(cls), (IMAGE,), dynamic_shapes=({0: batch},))
    image = torch.cat([IMAGE, IMAGE[:1].flip(3)])
    assert_same(program.module()(image), evaluated(cls)(image))


@every_small_backbone
def test_compiles_without_a_graph_break(cls: type[Backbone]) -> None:
    torch._dynamo.reset()
    compiled = torch.compile(evaluated(cls), fullgraph=True, backend="eager")
    assert_same(compiled(IMAGE), evaluated(cls)(IMAGE))


@every_backbone
def test_channels_last_changes_nothing(cls: type[Backbone]) -> None:
    last = IMAGE.contiguous(memory_format=torch.channels_last)
    assert_same(evaluated(cls)(last), evaluated(cls)(IMAGE))
