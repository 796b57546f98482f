"""One contract for whatever fills the detection-head slot."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch

from experiments.trial.contracts.box_heads import CONTRACT, Make, small
from lightning_modules import heads
from lightning_modules.heads import BoxHead, FCOSHead, RetinaHead
from lightning_modules.layers import Level
from lightning_modules.rewrites import GroupNorm
from tests.lightning_modules.box_heads import (
    HEADS,
    LEVELS,
    MIXED,
    build,
    every_head,
    make_pyramid,
    outputs,
)


def test_every_head_is_found_and_exported() -> None:
    assert set(HEADS) == {FCOSHead, RetinaHead}
    assert {cls.__name__ for cls in HEADS} < set(heads.__all__)


@pytest.mark.parametrize("norm", [False, True])
@pytest.mark.parametrize("holds", CONTRACT, ids=lambda holds: holds.__name__)
@every_head
def test_contract(cls: type[BoxHead], holds: Callable[[Make], None], norm: bool) -> None:
    holds(small(cls, {"norm": norm}))


@every_head
def test_an_anchor_is_where_its_features_are(cls: type[BoxHead]) -> None:
    """One hot place of one level changes the logits of the anchors around it, and of no other."""
    head = build(cls, depth=1)
    plain = [torch.zeros(1, 8, 128 // s, 256 // s) for _, s in LEVELS]
    hot = [x.clone() for x in plain]
    hot[1][0, :, 5, 12] = 9
    changed = (head(hot).logits != head(plain).logits).any(dim=2)[0]
    anchors = head.anchors(torch.zeros(1, 3, 128, 256))
    centres = (anchors[:, :2] + anchors[:, 2:])[changed] / 2
    expected = torch.tensor([12 * 16 + 8, 5 * 16 + 8])
    assert centres.mean(dim=0).tolist() == expected.tolist()
    assert (centres - expected).abs().max() <= 32  # two convolutions


@every_head
def test_every_parameter_learns(cls: type[BoxHead]) -> None:
    head = build(cls, MIXED, norm=True)
    sum(x.square().sum() for x in outputs(head, make_pyramid(65, 97, levels=MIXED))).backward()
    for name, parameter in head.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
        assert parameter.grad.any(), name


@pytest.mark.parametrize("norm", [False, True])
@every_head
def test_batch_1_and_maps_of_1_pixel(cls: type[BoxHead], norm: bool) -> None:
    maps = make_pyramid(5, 5, batch=1)
    head = build(cls, norm=norm)
    if norm:
        with pytest.raises(
            ValueError, match=r"^SharedConv: BatchNorm cannot train on one value a channel, got batch 1"
        ):
            head(maps)
        head = GroupNorm(groups=4)(head)
    assert all(x.isfinite().all() for x in outputs(head, maps))


@every_head
def test_levels_have_norms_of_their_own(cls: type[BoxHead]) -> None:
    """In training a level's statistics do not reach another level, nor do they at test time."""
    head, maps = build(cls, norm=True), make_pyramid(64, 64)
    head(maps)
    means = [norm.running_mean for norm in head.class_tower[1].norms]
    assert len({tuple(mean.tolist()) for mean in means}) == len(LEVELS)


def wrong_arguments() -> Iterator[tuple[type[BoxHead], dict[str, Any], str]]:
    for cls in HEADS:
        for name in ("channels", "depth"):
            yield cls, {name: 0}, f"{cls.__name__}: {name} must be at least 1, got 0"
        yield cls, {"prior": 1.0}, r"prior must lie in \(0, 1\), or be null for none, got 1.0"
        yield cls, {"levels": []}, rf"{cls.__name__}: needs at least 1 level\(s\), got 0"
        yield cls, {"levels": [Level(8, 16), Level(8, 8)]}, rf"{cls.__name__}: every stride .* got \[16, 8\]"
    yield RetinaHead, {"scales_per_octave": 0}, "RetinaHead: scales_per_octave must be at least 1, got 0"
    yield RetinaHead, {"scale": 0.0}, "RetinaHead: scale must be positive, got 0.0"
    yield RetinaHead, {"ratios": []}, r"RetinaHead: ratios must be positive and finite, at least one, got \[\]"
    yield RetinaHead, {"background_iou": 0.6}, "RetinaHead: .* must hold, got 0.6 and 0.5"
    yield FCOSHead, {"radius": 0.0}, "FCOSHead: radius must be positive, got 0.0"
    yield FCOSHead, {"reach": -1.0}, "FCOSHead: reach must be positive, got -1.0"


@pytest.mark.parametrize(("cls", "arguments", "message"), list(wrong_arguments()), ids=str)
def test_wrong_arguments_are_named_in_one_line(cls: type[BoxHead], arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=rf"^{message}[^\n]*$"):
        build(cls, **arguments)
