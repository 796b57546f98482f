"""A layer that swaps a class keeps arguments of the same name: so within a slot one name means one kind of value."""

import inspect
import types
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest

from lightning_modules.backbones import Backbone
from lightning_modules.heads import BoxHead, ImageHead, PixelHead
from lightning_modules.losses import BoxLoss, PixelLoss
from lightning_modules.pyramid import PyramidBlock
from lightning_modules.rewrites import Rewrite
from tests.walk import subclasses

SLOTS = [Backbone, PyramidBlock, PixelHead, ImageHead, BoxHead, PixelLoss, BoxLoss, Rewrite]


def kinds(hint: Any) -> set[Any]:
    """What values a type takes, whatever their range: `int | None` and Literal[8, 16] take the same, None aside."""
    if get_origin(hint) in (Union, types.UnionType):
        return set().union(*(kinds(part) for part in get_args(hint)))
    if get_origin(hint) is Literal:
        return {type(value) for value in get_args(hint)}
    return {get_origin(hint) or hint} - {type(None)}


@pytest.mark.parametrize("slot", SLOTS, ids=lambda slot: slot.__name__)
def test_a_name_means_one_kind_of_value_in_a_slot(slot: type) -> None:
    meanings: dict[str, dict[frozenset[Any], str]] = {}
    for cls in subclasses(slot):
        hints = get_type_hints(cls.__init__)
        for name in inspect.signature(cls).parameters:
            meanings.setdefault(name, {})[frozenset(kinds(hints[name]))] = cls.__name__
    assert meanings
    assert {name: found for name, found in meanings.items() if len(found) > 1} == {}
