import pytest
import torch
from torch import Tensor
from torchvision import tv_tensors
from torchvision.transforms import v2

from datamodules.loading.cached import Cached
from datamodules.transforms.bare import IGNORE
from datamodules.transforms.samples import Samples, normalised
from tests.datamodules.numbered import Numbered, Shade

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def augmented(*transforms: v2.Transform, key=(0, 3), seed: int = 0):
    return Samples(Numbered(9), transforms, seed, MEAN, STD)[key]


def test_a_plain_sample_is_normalised_and_not_augmented():
    sample = augmented(Shade(), key=3)
    expected = (torch.full((3, 8, 8), 3 / 255) - torch.tensor(MEAN).view(3, 1, 1)) / torch.tensor(STD).view(3, 1, 1)
    torch.testing.assert_close(sample["image"].as_subclass(Tensor), expected)
    assert {type(value) for value in sample.values()} == {Tensor}
    assert sample["mask"].dtype == torch.int64
    assert set(sample["mask"].flatten().tolist()) == {3}


def test_augmentation_is_a_function_of_seed_epoch_and_index():
    def shade(seed: int, epoch: int) -> float:
        return float(augmented(Shade(), key=(epoch, 3), seed=seed)["image"][0, 0, 0])

    expected = shade(1, 2)
    torch.manual_seed(8)
    assert shade(1, 2) == expected
    assert len({shade(seed, epoch) for seed in (1, 2) for epoch in (2, 3)}) == 4


@pytest.mark.parametrize(
    "transform",
    [
        v2.RandomAffine(degrees=0, translate=(0.5, 0.5)),
        v2.RandomCrop(12, padding=6),
        v2.RandomZoomOut(p=1.0),
        v2.RandomRotation([45, 45]),
        v2.RandomPerspective(p=1.0),
    ],
    ids=lambda transform: type(transform).__name__,
)
def test_what_a_transform_lays_bare_is_ignored(transform):
    values = set(augmented(transform)["mask"].flatten().tolist())
    assert values <= {3, IGNORE}
    assert IGNORE in values


def test_ignored_pixels_stay_ignored():
    class Void(Numbered):
        def __getitem__(self, index):
            sample = super().__getitem__(index)
            sample["mask"][:4] = IGNORE
            return sample

    mask = Samples(Void(9), [v2.RandomHorizontalFlip(1.0)], 0, MEAN, STD)[0, 3]["mask"]
    assert (mask[:4] == IGNORE).all()
    assert (mask[4:] == 3).all()


def test_boxes_are_cut_to_a_crop_and_dropped_with_their_label_when_nothing_is_left():
    crop = v2.Lambda(lambda value: v2.functional.crop(value, 0, 0, 4, 4), tv_tensors.TVTensor)
    assert augmented(crop)["boxes"].tolist() == [[1, 2, 4, 4]]
    corner = v2.Lambda(lambda value: v2.functional.crop(value, 0, 5, 3, 3), tv_tensors.TVTensor)
    sample = augmented(corner)
    assert sample["boxes"].shape == (0, 4)
    assert sample["labels"].shape == (0,)


def test_a_cached_sample_is_read_once_and_survives_a_transform_that_works_in_place():
    reads = []

    class Counted(Numbered):
        def __getitem__(self, index):
            reads.append(index)
            return super().__getitem__(index)

    cached = Cached(Counted(9))
    cached[3]["image"].zero_()
    assert set(cached[3]["image"].flatten().tolist()) == {3}
    assert isinstance(cached[3]["boxes"], tv_tensors.BoundingBoxes)
    assert reads == [3]


def test_the_cache_keeps_to_its_limit():
    size = 3 * 64 + 64 + 16 + 8
    cached = Cached(Numbered(9), limit=2 * size)
    assert [int(cached[index]["labels"]) for index in (5, 6, 7, 5, 7)] == [5, 6, 7, 5, 7]
    assert sorted(cached.kept) == [5, 6]


def test_a_batch_is_of_plain_tensors():
    batch = Samples(Numbered(9), (), 0, MEAN, STD).__getitems__([(0, 2), (0, 5)])
    assert batch["image"].shape == (2, 3, 8, 8)
    assert batch["mask"].shape == (2, 8, 8)
    assert [len(batch[name]) for name in ("boxes", "labels")] == [2, 2]
    tensors = [batch["image"], batch["mask"], *batch["boxes"], *batch["labels"]]
    assert {type(tensor) for tensor in tensors} == {Tensor}


def test_bytes_are_normalised_in_the_batch_to_the_bits_of_an_image_alone():
    class Noise(Numbered):
        def __getitem__(self, index):
            image = torch.randint(256, (3, 8, 8), dtype=torch.uint8, generator=torch.Generator().manual_seed(index))
            return {"image": tv_tensors.Image(image)}

    mean, std = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    batch = Samples(Noise(9), (), 0, mean, std).__getitems__([3, 7])
    alone = [normalised(Noise(9)[index]["image"], mean, std) for index in (3, 7)]
    assert torch.equal(batch["image"], torch.stack(alone))


def test_images_of_different_sizes_are_one_clear_line():
    class Growing(Numbered):
        def __getitem__(self, index):
            return {"image": tv_tensors.Image(torch.zeros(3, index, 4, dtype=torch.uint8))}

    with pytest.raises(ValueError, match=r"one size, got \[\(4, 4\), \(6, 4\)\].*RandomCrop"):
        Samples(Growing(9), (), 0, MEAN, STD).__getitems__([4, 6])
