"""One contract for whatever fills the detection-head slot."""

from collections.abc import Iterator
from typing import Any

import pytest
import torch

from experiments.trial.contracts.cases import assert_same
from lightning_modules import heads
from lightning_modules.heads import BoxHead, FCOSHead, Predictions, RetinaHead
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
from tests.lightning_modules.detectors import CLASSES


def test_every_head_is_found_and_exported() -> None:
    assert set(HEADS) == {FCOSHead, RetinaHead}
    assert {cls.__name__ for cls in HEADS} < set(heads.__all__)


@pytest.mark.parametrize("levels", [LEVELS, MIXED, [Level(8, 16)]], ids=["P3-P7", "mixed", "one"])
@pytest.mark.parametrize("size", [(1, 1), (33, 65)], ids=str)
@pytest.mark.parametrize("background_logit", [False, True])
@every_head
def test_every_anchor_gets_logits_and_deltas(
    cls: type[BoxHead], background_logit: bool, size: tuple[int, int], levels: list[Level]
) -> None:
    head = build(cls, levels, background_logit)
    found = head(make_pyramid(*size, levels=levels))
    anchors = head.anchors(torch.zeros(2, 3, *size))
    assert found.logits.shape == (2, len(anchors), CLASSES + background_logit)
    assert found.deltas.shape == (2, len(anchors), 4)
    assert found.centerness is None or found.centerness.shape == (2, len(anchors))


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


@every_head
def test_inputs_are_left_as_they_are(cls: type[BoxHead]) -> None:
    head, maps = build(cls), make_pyramid(33, 65)
    before = [x.clone() for x in maps]
    head(maps)
    assert all(torch.equal(a, b) for a, b in zip(maps, before, strict=True))


@every_head
def test_in_eval_mode_samples_do_not_touch_each_other(cls: type[BoxHead]) -> None:
    head, maps = build(cls, norm=True).eval(), make_pyramid(33, 65)
    assert_same(outputs(head, [x[:1] for x in maps]), [x[:1] for x in outputs(head, maps)])


@every_head
def test_exports_with_any_batch_size(cls: type[BoxHead]) -> None:
    head, maps = build(cls).eval(), make_pyramid(33, 65)
    batch = torch.export.Dim("batch", min=1, max=64)
    program = torch.export.export(head, (maps,), dynamic_shapes=([{0: batch} for _ in maps],))
    maps = make_pyramid(33, 65, batch=3)
    found = program.module()(maps)
    assert isinstance(found, Predictions)
    assert_same([x for x in found if x is not None], outputs(head, maps))


@every_head
def test_compiles_without_a_graph_break(cls: type[BoxHead]) -> None:
    head, maps = build(cls, norm=True), make_pyramid(33, 65)
    torch._dynamo.reset()
    compiled = torch.compile(head, fullgraph=True, backend="eager")
    assert_same(outputs(compiled, maps), outputs(head, maps))


@every_head
def test_channels_last_changes_nothing(cls: type[BoxHead]) -> None:
    head, maps = build(cls, norm=True), make_pyramid(33, 65)
    last = [x.contiguous(memory_format=torch.channels_last) for x in maps]
    assert_same(outputs(head, last), outputs(head, maps))


@every_head
def test_gradients_are_right(cls: type[BoxHead]) -> None:
    head = build(cls, MIXED).double()
    maps = [x.double().requires_grad_() for x in make_pyramid(20, 28, levels=MIXED)]
    assert torch.autograd.gradcheck(lambda *x: tuple(outputs(head, list(x))), maps, fast_mode=True)


@every_head
def test_trains_under_bfloat16_autocast(cls: type[BoxHead]) -> None:
    head = build(cls)
    with torch.autocast("cpu", torch.bfloat16):
        loss = sum(x.float().square().mean() for x in outputs(head, make_pyramid(17, 17)))
    loss.backward()
    assert all(p.grad.dtype == torch.float32 and p.grad.isfinite().all() for p in head.parameters())


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
