import pytest
import torch

from datamodules import DigitClasses
from datamodules.transforms.samples import Source


def labels_of(source: Source) -> torch.Tensor:
    return torch.stack([source[index]["label"] for index in range(len(source))])


def test_a_batch_has_one_label_an_image():
    batch = next(iter(DigitClasses(train_images=8, batch_size=8).train_dataloader()))
    assert batch.keys() == {"image", "label"}
    assert batch["image"].shape == (8, 3, 32, 32)
    assert batch["label"].shape == (8,)
    assert batch["label"].dtype == torch.int64


def test_every_image_has_a_label_however_small_and_all_digits_occur_equally_often():
    counts = labels_of(DigitClasses(image_size=24, scale=(4, 24), val_images=1000).dataset("val")).bincount(
        minlength=10
    )
    assert counts.sum() == 1000
    assert counts.min() > 70  # of 100 ± 9.5
    assert len(counts) == len(DigitClasses.classes)


def test_imbalance_makes_later_digits_rarer():
    counts = labels_of(
        DigitClasses(image_size=24, scale=(8, 16), val_images=400, imbalance=2).dataset("val")
    ).bincount()
    assert counts[0] / 400 == pytest.approx(0.645, abs=0.08)  # 1 / Σ k⁻²


def test_an_image_is_its_own_and_the_same_every_time():
    a, b = (DigitClasses().dataset("train") for _ in range(2))
    assert torch.equal(a[3]["image"], b[3]["image"])
    assert not torch.equal(a[3]["image"], a[4]["image"])
    assert not torch.equal(a[3]["image"], DigitClasses().dataset("val")[3]["image"])


def test_arguments_out_of_range():
    with pytest.raises(ValueError, match=r"every split needs at least 1 image and at most 100000000, got .*'test': 0"):
        DigitClasses(test_images=0)
