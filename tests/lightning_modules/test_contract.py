"""One contract for whatever fills the context, the fusion or the head slot, but for detection heads."""

from collections.abc import Callable

import pytest
from torch import nn

from experiments.trial.contracts import maps
from experiments.trial.contracts.cases import LEVELS, Case, make_pyramid, variants
from lightning_modules import heads, pyramid
from tests.lightning_modules.cases import BLOCKS, HEADS, every_case


def test_every_block_and_head_is_found_and_exported() -> None:
    assert {cls.__name__ for cls in BLOCKS} == set(pyramid.__all__) - {"PyramidBlock"}
    assert {cls.__name__ for cls in HEADS} <= set(heads.__all__)


@every_case
@pytest.mark.parametrize("holds", maps.CONTRACT, ids=lambda holds: holds.__name__)
def test_contract(case: Case, holds: Callable[[Case], None]) -> None:
    holds(case)


@pytest.mark.parametrize("cls", BLOCKS)
def test_a_level_that_is_promised_unchanged_is_passed_on(cls: type[nn.Module]) -> None:
    block, maps = next(variants(cls)).build(), make_pyramid(64, 64)
    if block.levels[:-1] == tuple(LEVELS[:-1]):
        assert all(a is b for a, b in zip(block(maps)[:-1], maps[:-1], strict=True))
