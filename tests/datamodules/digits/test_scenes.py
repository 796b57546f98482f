import numpy as np
import pytest
from scipy.stats import chisquare, kstest
from sklearn.datasets import load_digits

from datamodules.digits import scenes
from datamodules.digits.scenes import DIGITS, MIN_VISIBLE, Composer, Scene, handwriting
from datamodules.transforms.bare import IGNORE

EASY = {"image_size": 64, "objects": (3, 5), "clutter": (0, 0), "scale": (8.0, 40.0), "contrast": 80.0, "imbalance": 0}


def compose(count: int, split="train", **changes) -> list[Scene]:
    composer = Composer(**{**EASY, **changes})
    return [composer(np.random.default_rng(k), handwriting(split)) for k in range(count)]


def test_no_handwriting_is_in_two_splits_and_none_is_lost():
    splits = [handwriting(split) for split in ("train", "val", "test")]
    for digit, count in enumerate(np.bincount(load_digits().target)):
        sizes = [len(glyphs[digit]) for glyphs in splits]
        assert sum(sizes) == count
        assert sizes == pytest.approx([0.6 * count, 0.2 * count, 0.2 * count], abs=1)
    written = {split: {_key(glyph) for glyphs in handwriting(split) for glyph in glyphs} for split in ("train", "val")}
    tested = {_key(glyph) for glyphs in handwriting("test") for glyph in glyphs}
    assert not written["train"] & written["val"] | (written["train"] | written["val"]) & tested


def _key(glyph: np.ndarray) -> tuple[tuple[int, ...], bytes]:
    return glyph.shape, glyph.tobytes()


def test_glyphs_reach_the_edges_of_their_cut():
    for glyph in handwriting("val")[3]:
        inked = glyph > 0.5
        assert inked[[0, -1]].any(1).all()
        assert inked[:, [0, -1]].any(0).all()


@pytest.mark.parametrize("imbalance", [0.0, 1.0, 2.0])
def test_class_frequencies_follow_zipf(imbalance):
    composer = Composer(**{**EASY, "imbalance": imbalance, "clutter": (1, 3)})
    drawn = [composer._draw_digits(np.random.default_rng(k)) for k in range(3000)]
    digits = np.concatenate(drawn)
    observed = np.bincount(digits[digits >= 0], minlength=DIGITS)
    shares = np.arange(1, DIGITS + 1) ** -imbalance
    assert chisquare(observed, shares / shares.sum() * observed.sum()).pvalue > 0.001
    assert {int((one >= 0).sum()) for one in drawn} == {3, 4, 5}
    assert {int((one < 0).sum()) for one in drawn} == {1, 2, 3}


def test_heights_are_log_uniform_and_boxes_keep_to_the_scale(monkeypatch):
    heights, scale = [], scenes._scale
    monkeypatch.setattr(scenes, "_scale", lambda glyph, height: heights.append(height) or scale(glyph, height))
    boxes = np.concatenate([scene.boxes for scene in compose(300, scale=(8.0, 32.0))])
    assert kstest(np.log2(heights), "uniform", (3, 2)).pvalue > 0.001
    whole = boxes[(boxes[:, :2] > 0).all(1) & (boxes[:, 2:] < 64).all(1)]  # not cut off by an edge
    tall = whole[:, 3] - whole[:, 1]
    assert tall.max() <= 32
    assert np.mean(tall >= 7) > 0.97  # all but the half hidden


def test_boxes_are_tight_around_the_visible_pixels():
    boxed = 0
    for scene in compose(60, clutter=(0, 3)):
        numbers = [k for k, label in enumerate(scene.mask_labels) if 0 < label < IGNORE]
        assert len(numbers) == len(scene.boxes) == len(scene.labels)
        for number, (x1, y1, x2, y2), label in zip(numbers, scene.boxes.astype(int), scene.labels, strict=True):
            rows, columns = np.nonzero(scene.owner == number)
            assert (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1) == (x1, y1, x2, y2)
            assert scene.mask_labels[number] == label + 1
            boxed += 1
    assert boxed > 100


def test_what_is_hardly_visible_is_ignored_and_has_no_box():
    """With one glyph and size, every object has the same number of pixels: those of the one painted last."""
    glyphs = tuple((np.ones((8, 5), np.float32),) for _ in range(DIGITS))
    composer = Composer(**{**EASY, "objects": (40, 40), "scale": (16.0, 16.0), "image_size": 48})
    ignored = 0
    for seed in range(20):
        scene = composer(np.random.default_rng(seed), glyphs)
        visible = np.bincount(scene.owner.ravel(), minlength=41)[1:]
        hardly = visible < MIN_VISIBLE * 16 * 10
        assert ((scene.mask_labels[1:] == IGNORE) == hardly).all()
        assert len(scene.boxes) == (~hardly).sum()
        ignored += int((hardly & (visible > 0)).sum())
    assert ignored > 20


def test_clutter_is_seen_but_is_background():
    drawn = compose(40, clutter=(3, 3), objects=(1, 1))
    assert all(len(scene.boxes) <= 1 and (scene.mask_labels == 0).sum() == 4 for scene in drawn)
    assert all(len(np.unique(scene.owner)) > 2 for scene in drawn)


def test_an_object_stands_out_from_its_ground_but_no_brightness_parts_ink_from_ground():
    ink, ground = [], []
    for scene in compose(300, objects=(1, 1), contrast=60.0):
        brightness = scene.image.mean(0)
        ink.append(brightness[scene.owner == 1].mean())
        ground.append(brightness[scene.owner == 0].mean())
    assert np.median(np.subtract(ink, ground)) == pytest.approx(60, abs=5)
    assert np.mean(np.subtract(ink, ground) > 30) > 0.98
    parted = [np.mean(np.array(ink) > level) + np.mean(np.array(ground) <= level) for level in range(0, 256, 5)]
    assert max(parted) / 2 < 0.8


def test_objects_may_hide_each_other_but_seldom_altogether():
    drawn = compose(200)
    assert all(len(scene.boxes) >= 2 for scene in drawn)
    overlaps = sum(int((scene.mask_labels == IGNORE).any()) or _overlapping(scene.boxes) for scene in drawn)
    assert 20 < overlaps < 180


def _overlapping(boxes: np.ndarray) -> bool:
    first, second = np.triu_indices(len(boxes), 1)
    low = np.maximum(boxes[first, :2], boxes[second, :2])
    high = np.minimum(boxes[first, 2:], boxes[second, 2:])
    return bool((low < high).all(1).any())


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ({"objects": (0, 2)}, r"objects must be at least 1 and ascending, at most 1000, got \(0, 2\)"),
        ({"objects": (1, 10**9)}, r"objects must be .* at most 1000, got \(1, 1000000000\)"),
        ({"image_size": 10**6}, r"image_size must be at most 8192, got 1000000"),
        ({"clutter": (2, 1)}, r"clutter must be at least 0 and ascending, at most 1000, got \(2, 1\)"),
        ({"scale": (8.0, 80.0)}, r"scale must ascend from at least 4 to at most 64, got \(8.0, 80.0\)"),
        ({"contrast": -1.0}, r"contrast must be between 0 and 255, got -1.0"),
        ({"imbalance": -1.0}, r"imbalance must be at least 0, got -1.0"),
    ],
)
def test_arguments_out_of_range(argument, message):
    with pytest.raises(ValueError, match=message):
        Composer(**{**EASY, **argument})
