"""Anchors, coding, matching, selection and AP, against torchvision, COCO's own evaluation and by hand."""

import math
from typing import Any

import pytest
import torch
from faster_coco_eval import COCO, COCOeval_faster
from torch import Tensor
from torchvision.models.detection._utils import BoxCoder, BoxLinearCoder, Matcher
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.image_list import ImageList
from torchvision.ops import box_iou

from lightning_modules.boxes import (
    BACKGROUND,
    IGNORED,
    AveragePrecision,
    Targets,
    centerness,
    decode_distances,
    decode_offsets,
    encode_distances,
    encode_offsets,
    match_by_centre,
    match_by_overlap,
    pad,
    select,
    tile,
)
from lightning_modules.boxes import average_precision as average_precision_module

CPU = torch.device("cpu")
CODERS = [(encode_offsets, decode_offsets), (encode_distances, decode_distances)]
every_coder = pytest.mark.parametrize(("encode", "decode"), CODERS, ids=["offsets", "distances"])


def random_boxes(count: int, size: float = 64, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    low = torch.rand(count, 2, generator=generator, dtype=torch.float64) * size * 0.7
    return torch.cat([low, low + 2 + torch.rand(count, 2, generator=generator, dtype=torch.float64) * size * 0.5], 1)


def points(strides: list[int], size: tuple[int, int]) -> Tensor:
    return tile(tuple(((s, s),) for s in strides), tuple(strides), size, CPU)


# Anchors


def test_points_are_the_papers() -> None:
    """FCOS, sec. 3.1: place (x, y) is at (⌊s/2⌋ + xs, ⌊s/2⌋ + ys)."""
    anchors = points([8, 16], (24, 20))
    centres = (anchors[:, :2] + anchors[:, 2:]) / 2
    fine = [[x, y] for y in (4, 12, 20) for x in (4, 12, 20)]
    coarse = [[x, y] for y in (8, 24) for x in (8, 24)]
    assert centres.tolist() == [*fine, *coarse]
    assert (anchors[:, 2:] - anchors[:, :2]).tolist() == [[8, 8]] * 9 + [[16, 16]] * 4


def test_anchors_are_torchvisions_half_a_stride_on() -> None:
    """With sizes that torchvision's rounding to whole pixels leaves alone."""
    sizes, ratios, strides = (16, 32), (0.25, 1.0, 4.0), (8, 16)
    cell = tuple((size / ratio**0.5, size * ratio**0.5) for ratio in ratios for size in sizes)
    ours = tile((cell, cell), strides, (32, 48), CPU)
    generator = AnchorGenerator((sizes, sizes), (ratios, ratios))
    maps = [torch.zeros(1, 1, 32 // s, 48 // s) for s in strides]
    (theirs,) = generator(ImageList(torch.zeros(1, 3, 32, 48), [(32, 48)]), maps)
    shift = torch.tensor([4.0] * 24 * 6 + [8.0] * 6 * 6)
    torch.testing.assert_close(ours, theirs + shift[:, None])


@pytest.mark.parametrize("size", [(1, 1), (7, 13), (33, 65)], ids=str)
def test_there_is_a_place_for_every_pixel_of_the_maps(size: tuple[int, int]) -> None:
    expected = sum(math.ceil(size[0] / s) * math.ceil(size[1] / s) for s in (4, 8, 16, 128))
    assert len(points([4, 8, 16, 128], size)) == expected


def test_anchors_are_made_once_a_size_and_not_for_inference_only() -> None:
    tile.cache_clear()
    with torch.inference_mode():
        anchors = points([8], (40, 40))
    assert points([8], (40, 40)) is anchors
    assert points([8], (40, 48)) is not anchors
    assert not anchors.is_inference()


# Coding


@every_coder
def test_decode_inverts_encode(encode: Any, decode: Any) -> None:
    boxes, anchors = random_boxes(100), random_boxes(100, seed=1)
    torch.testing.assert_close(decode(encode(boxes, anchors), anchors), boxes)
    deltas = torch.randn(2, 50, 4, dtype=torch.float64)
    torch.testing.assert_close(encode(decode(deltas, anchors[:50]), anchors[:50]), deltas)


def test_offsets_are_torchvisions() -> None:
    boxes, anchors = random_boxes(50), random_boxes(50, seed=1)
    coder = BoxCoder((1.0, 1.0, 1.0, 1.0))
    torch.testing.assert_close(encode_offsets(boxes, anchors), coder.encode_single(boxes, anchors))
    deltas = 5 * torch.randn(50, 4, dtype=torch.float64)  # some beyond the bound of log sizes
    assert deltas[:, 2:].max() > math.log(1000 / 16)
    torch.testing.assert_close(decode_offsets(deltas, anchors), coder.decode_single(deltas, anchors))


def test_distances_are_torchvisions() -> None:
    boxes, anchors = random_boxes(50), random_boxes(50, seed=1)
    coder, deltas = BoxLinearCoder(), torch.randn(50, 4, dtype=torch.float64)
    torch.testing.assert_close(encode_distances(boxes, anchors), coder.encode(anchors, boxes))
    torch.testing.assert_close(decode_distances(deltas, anchors), coder.decode(deltas, anchors))


@every_coder
def test_coding_has_right_gradients(encode: Any, decode: Any) -> None:
    anchors, boxes = random_boxes(6), random_boxes(6, seed=1).requires_grad_()
    deltas = torch.randn(6, 4, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: encode(x, anchors), boxes)
    assert torch.autograd.gradcheck(lambda x: decode(x, anchors), deltas)


@every_coder
def test_half_precision_is_decoded_in_single(encode: Any, decode: Any) -> None:
    anchor = torch.tensor([[2000.0, 2000.0, 2016.0, 2016.0]])  # bfloat16 has a step of 8 pixels here
    box = decode(torch.full((1, 4), 0.125, dtype=torch.bfloat16), anchor)
    assert box.dtype == torch.float32
    torch.testing.assert_close(box, decode(torch.full((1, 4), 0.125), anchor))


def test_absurd_deltas_stay_finite() -> None:
    assert decode_offsets(torch.full((1, 4), 1e4), torch.tensor([[0.0, 0.0, 8.0, 8.0]])).isfinite().all()


def test_centerness_by_hand() -> None:
    """FCOS, eq. 3: l = 1, r = 4, t = 1, b = 1 → √(1/4 · 1)."""
    boxes = torch.tensor([[0.0, 0.0, 10.0, 4.0], [3.0, 3.0, 8.0, 5.0]])
    anchors = torch.tensor([[3.0, 0.0, 7.0, 4.0], [2.0, 2.0, 6.0, 6.0]])
    torch.testing.assert_close(centerness(boxes, anchors), torch.tensor([1.0, 0.5]))


# Matching


def overlap(boxes: list[list[float]], anchors: Tensor) -> list[int]:
    padded, labels = pad([torch.tensor(boxes).view(-1, 4)], [torch.zeros(len(boxes), dtype=torch.int64)])
    return match_by_overlap(padded, labels >= 0, anchors, 0.5, 0.4)[0].tolist()


def test_overlap_by_hand() -> None:
    """IoU of a 10 × 10 box with w × 10 parts of it is w/10."""
    anchors = torch.tensor([[0.0, 0.0, w, 10.0] for w in (10, 5, 4.5, 3.9)])
    assert overlap([[0, 0, 10, 10]], anchors) == [0, 0, IGNORED, BACKGROUND]


def test_the_best_anchors_of_a_box_find_it_however_small_the_overlap() -> None:
    anchors = torch.tensor([[0.0, 0.0, 1.0, 10.0], [9.0, 0.0, 10.0, 10.0], [0.0, 0.0, 0.9, 10.0]])
    assert overlap([[0, 0, 10, 10]], anchors) == [0, 0, BACKGROUND]


def test_what_overlaps_nothing_is_nobodys() -> None:
    anchors = torch.tensor([[0.0, 0.0, 8.0, 8.0], [8.0, 0.0, 16.0, 8.0]])
    assert overlap([[40, 40, 48, 48], [4, 4, 4, 8], [4, 4, 4, 4]], anchors) == [BACKGROUND, BACKGROUND]
    assert overlap([], anchors) == [BACKGROUND, BACKGROUND]


def test_overlap_is_torchvisions() -> None:
    anchors = random_boxes(500, seed=1)
    for seed in range(5):
        boxes = random_boxes(7, seed=seed + 2)
        theirs = Matcher(0.5, 0.4, allow_low_quality_matches=True)(box_iou(boxes, anchors))
        assert overlap(boxes.tolist(), anchors.float()) == theirs.tolist()
        assert {BACKGROUND, IGNORED} < set(theirs.tolist())


def centre(boxes: list[list[float]], strides: list[int], size: int = 64, radius: float = 1.5) -> list[Tensor]:
    """The match as one map for each level."""
    padded, labels = pad([torch.tensor(boxes).view(-1, 4)], [torch.zeros(len(boxes), dtype=torch.int64)])
    anchors = points(strides, (size, size))
    match = match_by_centre(padded, labels >= 0, anchors, sorted(set(strides)), radius, reach=8)[0]
    sides = [math.ceil(size / s) for s in strides]
    return [x.view(n, n) for x, n in zip(match.split([n * n for n in sides]), sides, strict=True)]


def test_only_places_near_the_centre_find_a_box() -> None:
    (level,) = centre([[0, 0, 64, 64]], [8])
    inner = torch.full((8, 8), BACKGROUND)
    inner[3:5, 3:5] = 0  # 4 pixels from the centre; the next are 12, no less than 1.5 · 8
    assert torch.equal(level, inner)
    (level,) = centre([[0, 0, 64, 64]], [8], radius=math.inf)
    assert (level == 0).all()


def test_a_place_on_the_rim_or_outside_finds_nothing() -> None:
    (level,) = centre([[4, 4, 12.5, 20]], [8])  # places at 4 and 12, and at 4, 12 and 20
    assert (level == 0).nonzero().tolist() == [[1, 1]]


def test_the_smallest_box_wins() -> None:
    big, small = [0, 0, 64, 64], [20, 20, 44, 44]
    for boxes, expected in (([big, small], 1), ([small, big], 0)):
        (level,) = centre(boxes, [8])
        assert set(level.flatten().tolist()) == {BACKGROUND, expected}


@pytest.mark.parametrize(("side", "found_by"), [(20, 0), (100, 0), (140, 1), (200, 1), (300, 2)])
def test_each_size_has_one_level(side: int, found_by: int) -> None:
    """Ranges (0, 64], (64, 128], (128, ∞) of the farthest side: the paper's at strides 8, 16, 32."""
    low = 256 - side / 2
    levels = centre([[low, low, low + side, low + side]], [8, 16, 32], size=512)
    assert [bool((level == 0).any()) for level in levels] == [i == found_by for i in range(3)]


def test_levels_of_equal_stride_share_their_range() -> None:
    levels = centre([[10, 10, 110, 110]], [4, 8, 8], size=128)
    assert [bool((level == 0).any()) for level in levels] == [False, True, True]
    assert torch.equal(levels[1], levels[2])


def test_targets_of_a_batch_are_those_of_each_image() -> None:
    boxes = [random_boxes(n, seed=n).float() for n in (3, 0, 5)]
    labels = [torch.arange(n) for n in (3, 0, 5)]
    anchors = points([4, 8, 16], (64, 64))

    def targets(rows: slice) -> Targets:
        padded, classes = pad(boxes[rows], labels[rows])
        return Targets.of(match_by_overlap(padded, classes >= 0, anchors, 0.3, 0.2), padded, classes)

    whole = targets(slice(None))
    for i in range(3):
        alone = targets(slice(i, i + 1))
        assert torch.equal(whole.labels[i], alone.labels[0])
        assert torch.equal(whole.boxes[i][whole.matched[i]], alone.boxes[0][alone.matched[0]])
    assert (whole.labels[1] == BACKGROUND).all()
    assert whole.matched.any(dim=1).tolist() == [True, False, True]
    at = whole.matched[2].nonzero()[0, 0]
    assert torch.equal(whole.boxes[2, at], boxes[2][whole.labels[2, at]])


def test_the_order_of_objects_does_not_matter() -> None:
    boxes, labels, anchors = random_boxes(6).float(), torch.arange(6), points([4, 8, 16], (64, 64))
    order = torch.tensor([3, 5, 0, 1, 4, 2])
    found = []
    for rows in (torch.arange(6), order):
        padded, classes = pad([boxes[rows]], [labels[rows]])
        match = match_by_centre(padded, classes >= 0, anchors, [4, 8, 16], 1.5, 4)
        found.append(Targets.of(match, padded, classes).labels)
    assert torch.equal(*found)
    assert (found[0] >= 0).any()


# Selection


def test_selection_by_hand() -> None:
    boxes = torch.tensor([[0.0, 0.0, 10.0, 10.0], [0.0, 0.0, 10.0, 9.0], [20.0, 0.0, 30.0, 10.0]])
    scores = torch.tensor([[0.9, 0.1], [0.8, 0.7], [0.3, 0.05]])
    found = select(scores, boxes, 0.05, 100, 0.5, 10)
    # Anchor 1 is suppressed as class 0 by anchor 0, but is the best of class 1; there anchor 0 gives way to it.
    assert found["labels"].tolist() == [0, 1, 0]
    assert found["scores"].tolist() == pytest.approx([0.9, 0.7, 0.3])
    assert torch.equal(found["boxes"], boxes)
    assert select(scores, boxes, 0.05, 100, 0.5, 2)["scores"].tolist() == pytest.approx([0.9, 0.7])
    assert select(scores, boxes, 0.05, 2, 0.5, 9)["scores"].tolist() == pytest.approx([0.9])  # 0.8 fills the second
    assert select(scores, boxes, 0.95, 100, 0.5, 9)["boxes"].shape == (0, 4)


# Average precision


def made_up(images: int = 20, classes: int = 4) -> tuple[list[dict[str, Tensor]], list[dict[str, Tensor]]]:
    """Detections of all qualities, some images without objects or detections, and boxes of all COCO sizes."""
    generator = torch.Generator().manual_seed(0)
    detections, truth = [], []
    for i in range(images):
        count = int(torch.randint(0, 9, (), generator=generator)) if i else 0
        boxes = random_boxes(count, size=(60, 150, 500)[i % 3], seed=100 + i).float()
        labels = torch.randint(0, classes - 1, (count,), generator=generator)  # the last class never occurs
        noise = 6 * torch.randn(count, 4, generator=generator) * torch.rand(count, 1, generator=generator)
        wrong = torch.rand(count, generator=generator) < 0.2
        extra = random_boxes(0 if i == 1 else 4, seed=200 + i).float()
        found = torch.cat([boxes + noise, extra]) if i != 2 else extra[:0]
        guess = torch.cat([torch.where(wrong, 0, labels), torch.randint(0, classes - 1, (4,), generator=generator)])
        scores = torch.rand(len(found), generator=generator)
        detections.append({"boxes": found, "scores": scores, "labels": guess[: len(found)]})
        truth.append({"boxes": boxes, "labels": labels})
    return detections, truth


def official(detections: list[dict[str, Tensor]], truth: list[dict[str, Tensor]]) -> list[float]:
    """COCO's twelve numbers, by its own format and evaluation."""

    def annotation(number: int, image: int, box: Tensor, label: Tensor) -> dict[str, Any]:
        x, y, right, bottom = box.double().tolist()
        area = {"bbox": [x, y, right - x, bottom - y], "area": (right - x) * (bottom - y), "iscrowd": 0}
        return {"id": number, "image_id": image, "category_id": int(label), **area}

    objects = [(i, *row) for i, t in enumerate(truth) for row in zip(t["boxes"], t["labels"], strict=True)]
    coco = COCO(
        {
            "images": [{"id": i, "height": 1000, "width": 1000} for i in range(len(truth))],
            "categories": [{"id": i, "name": str(i)} for i in range(3)],
            "annotations": [annotation(n, *row) for n, row in enumerate(objects, start=1)],
        }
    )
    found = [
        {**annotation(0, i, box, label), "score": float(score)}
        for i, d in enumerate(detections)
        for box, label, score in zip(d["boxes"], d["labels"], d["scores"], strict=True)
    ]
    evaluation = COCOeval_faster(coco, coco.loadRes(found), "bbox", print_function=lambda *_: None)
    evaluation.run()
    return [float(x) for x in evaluation.stats]


def test_ap_is_the_official_number() -> None:
    detections, truth = made_up()
    precision = AveragePrecision(["a", "b", "c", "never"])
    for start in (0, 7, 14):
        precision.update(detections[start : start + 7], truth[start : start + 7])
    ours, theirs = precision.compute(), official(detections, truth)
    names = ("map", "map50", "map75", "map_small", "map_medium", "map_large")
    assert [ours[name] for name in names] == pytest.approx(theirs[:6], abs=1e-7)
    assert 0.1 < ours["map"] < ours["map50"] < 0.9
    assert ours["map"] == pytest.approx(sum(ours[f"ap/{name}"] for name in "abc") / 3, abs=1e-6)
    assert math.isnan(ours["ap/never"])


def test_perfect_and_no_detections() -> None:
    _, truth = made_up()
    perfect, nothing = AveragePrecision("abcd"), AveragePrecision("abcd")
    perfect.update([{**t, "scores": torch.ones(len(t["labels"]))} for t in truth], truth)
    none = {"boxes": torch.zeros(0, 4), "scores": torch.zeros(0), "labels": torch.zeros(0).long()}
    nothing.update([none] * 20, truth)
    assert perfect.compute()["map"] == 1
    assert nothing.compute()["map"] == 0
    nothing.update([none], [none])
    assert math.isnan(nothing.compute()["map"])  # it has forgotten the images, and in this one is nothing to find


def test_ap_is_of_the_images_of_all_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    detections, truth = made_up()
    here, there, whole = (AveragePrecision("abcd") for _ in range(3))
    here.update(detections[:3], truth[:3])
    there.update(detections[3:], truth[3:])
    whole.update(detections, truth)
    expected = whole.compute()

    def gather(parts: list[Any], images: Any) -> None:
        parts[:] = [images, there.images]

    distributed = average_precision_module.torch.distributed
    monkeypatch.setattr(distributed, "is_initialized", lambda: True)
    monkeypatch.setattr(distributed, "get_world_size", lambda: 2)
    monkeypatch.setattr(distributed, "all_gather_object", gather)
    assert here.compute() == pytest.approx(expected, nan_ok=True)
