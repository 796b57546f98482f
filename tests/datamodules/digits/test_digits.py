import itertools

import numpy as np
import pytest
import torch

from datamodules import Digits
from datamodules.digits.dense import spoil_boxes, spoil_labels
from datamodules.transforms.bare import IGNORE


def all_bytes(scene) -> bytes:
    return b"".join(value.numpy().tobytes() for value in scene.values())


def test_a_scene_is_the_same_in_every_order_and_under_every_training_seed():
    torch.manual_seed(4), np.random.seed(4)
    forwards = [all_bytes(scene) for scene in map(Digits().dataset("train").__getitem__, range(6))]
    torch.manual_seed(5), np.random.seed(5)
    backwards = [all_bytes(scene) for scene in map(Digits().dataset("train").__getitem__, range(5, -1, -1))]
    assert forwards == backwards[::-1]


def test_a_scene_is_the_same_in_every_process():
    here, elsewhere = (
        list(Digits(val_scenes=6, batch_size=2, num_workers=workers).val_dataloader()) for workers in (0, 2)
    )
    for name in ("image", "mask"):
        assert all(torch.equal(a[name], b[name]) for a, b in zip(here, elsewhere, strict=True))


def test_scenes_differ_by_index_split_and_scene_seed():
    """In their ground too, not only in the handwriting."""
    images = [
        Digits(scene_seed=seed).dataset(split)[index]["image"].float()
        for seed in (0, 1)
        for split in ("train", "val", "test")
        for index in (0, 1)
    ]
    apart = [float((one - other).abs().mean()) for one, other in itertools.combinations(images, 2)]
    assert len(apart) == 66
    assert min(apart) > 20  # twice what the noise of the pixels alone makes


def test_a_batch_has_what_the_base_promises():
    data = Digits(train_scenes=8, batch_size=8)
    batch = next(iter(data.train_dataloader()))
    assert batch["image"].shape == (8, 3, 64, 64)
    assert batch["image"].dtype == torch.float32
    assert batch["mask"].dtype == torch.int64
    assert set(batch["mask"].unique().tolist()) <= {*range(11), IGNORE}
    assert len(data.classes) == 11
    assert len(data.box_classes) == 10
    for mask, boxes, labels in zip(batch["mask"], batch["boxes"], batch["labels"], strict=True):
        assert len(boxes) == len(labels) > 0
        for (x1, y1, x2, y2), label in zip(boxes.int().tolist(), labels.tolist(), strict=True):
            assert (mask[y1:y2, x1:x2] == label + 1).any()


def test_noise_changes_training_labels_and_nothing_else():
    clean, noisy = Digits(), Digits(mask_noise=0.5, box_outliers=0.5)
    for split in ("train", "val", "test"):
        differing = {
            name
            for index in range(10)
            for name, value in clean.dataset(split)[index].items()
            if not torch.equal(value, noisy.dataset(split)[index][name])
        }
        assert differing == ({"mask", "boxes"} if split == "train" else set())


def test_the_share_of_wrong_labels_is_the_noise():
    labels = np.array([0, IGNORE, *range(1, 11)] * 500)
    spoilt = spoil_labels(labels, 0.3, np.random.default_rng(0))
    digits = (labels > 0) & (labels != IGNORE)
    assert (spoilt == labels)[~digits].all()
    assert (spoilt != labels)[digits].mean() == pytest.approx(0.3, abs=0.02)
    wrong = spoilt[digits & (spoilt != labels)]
    assert np.bincount(wrong, minlength=11)[1:] == pytest.approx(len(wrong) / 10, rel=0.2)


def test_box_outliers_are_wrong_but_hold_their_object():
    boxes = np.tile(np.array([[20, 10, 30, 40]], np.float32), (4000, 1))
    spoilt = spoil_boxes(boxes, 0.25, np.random.default_rng(0))
    wrong = (spoilt != boxes).any(1)
    assert wrong.mean() == pytest.approx(0.25, abs=0.02)
    assert (spoilt[:, :2] < (25, 25)).all()  # the centre
    assert (spoilt[:, 2:] > (25, 25)).all()
    shift = np.abs(spoilt - boxes)[wrong] / (10, 30, 10, 30)
    assert shift.max() == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ({"val_scenes": 0}, "every split needs at least 1 scene and at most 100000000, got .*'val': 0"),
        ({"train_scenes": 10**12}, "every split needs at least 1 scene and at most 100000000, got "),
        ({"scene_seed": -1}, "scene_seed must be at least 0, got -1"),
        ({"mask_noise": 1.5}, r"mask_noise and box_outliers must lie in \[0, 1\], got 1.5 and 0.0"),
        ({"image_size": 32}, "scale must ascend from at least 4 to at most 32"),
    ],
)
def test_arguments_out_of_range(argument, message):
    with pytest.raises(ValueError, match=message):
        Digits(**argument)
