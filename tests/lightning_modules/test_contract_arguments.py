"""What every block and head refuses, found through its signature."""

import typing
from collections.abc import Iterator, Sequence
from typing import Any, Literal

import pytest
from torch import nn

from experiments.trial.contracts.cases import Case, hints, variants
from lightning_modules.layers import Level
from tests.lightning_modules.cases import BLOCKS, HEADS


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
