import re
from types import SimpleNamespace

import pytest
import torch
import yaml
from jsonargparse import ArgumentParser
from torch import Tensor
from torchvision.transforms import v2

import datamodules
from datamodules import DenseData
from tests.datamodules.numbered import NumberedData, Shade, indices


def images(data: DenseData, epochs: int) -> list[Tensor]:
    loader = data.train_dataloader()
    return [batch["image"] for _ in range(epochs) for batch in loader]


def on_rank(rank: int, world: int, device: str = "cpu", **loading) -> NumberedData:
    data = NumberedData(**loading)
    strategy = SimpleNamespace(root_device=torch.device(device))
    data.trainer = SimpleNamespace(global_rank=rank, world_size=world, strategy=strategy)
    return data


@pytest.mark.parametrize(("device", "pinned"), [("cpu", False), ("cuda:1", True), ("mps", False)])
def test_memory_is_pinned_for_the_gpu_that_trains_not_for_one_that_is_there(monkeypatch, device, pinned):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    data = on_rank(0, 1, device)
    loaders = data.train_dataloader(), data.val_dataloader(), data.test_dataloader()
    assert [loader.pin_memory for loader in loaders] == [pinned] * 3
    assert not NumberedData().val_dataloader().pin_memory


def test_equal_seeds_see_equal_batches_whatever_was_drawn_before(monkeypatch):
    def batches(seed: int) -> list[Tensor]:
        monkeypatch.setenv("PL_GLOBAL_SEED", str(seed))
        return images(NumberedData(batch_size=4, train_transforms=[Shade()]), epochs=2)

    expected = batches(1)
    torch.rand(100)  # such as another arm's initialisation
    assert all(map(torch.equal, batches(1), expected))
    assert not torch.equal(batches(2)[0], expected[0])


def test_workers_change_nothing(monkeypatch):
    monkeypatch.setenv("PL_GLOBAL_SEED", "3")
    alone, shared = (
        images(NumberedData(batch_size=4, num_workers=workers, train_transforms=[Shade()]), epochs=3)
        for workers in (0, 2)
    )
    assert len(alone) == 6
    assert all(map(torch.equal, alone, shared))
    assert not torch.equal(alone[0].sort(0)[0], alone[2].sort(0)[0])  # epochs are augmented differently


@pytest.mark.parametrize("world", [1, 2, 3, 5])
def test_each_validation_and_test_sample_is_on_exactly_one_rank(world):
    ranks = [on_rank(rank, world, batch_size=2) for rank in range(world)]
    for loader in ("val_dataloader", "test_dataloader"):
        seen = [index for data in ranks for batch in indices(getattr(data, loader)()) for index in batch]
        assert sorted(seen) == list(range(7))


def test_ranks_train_on_disjoint_samples_and_do_equally_many_steps():
    torch.manual_seed(0)
    ranks = [indices(on_rank(rank, 3, size=20, batch_size=2).train_dataloader()) for rank in range(3)]
    assert [len(batches) for batches in ranks] == [3, 3, 3]
    seen = [index for batches in ranks for batch in batches for index in batch]
    assert len(set(seen)) == len(seen) == 18


@pytest.mark.parametrize(
    ("size", "drop_last", "lengths"),
    [(10, True, [4, 4]), (10, False, [4, 4, 2]), (3, True, [3]), (8, True, [4, 4])],
)
def test_an_incomplete_batch_is_left_out_unless_it_is_all_there_is(size, drop_last, lengths):
    loader = NumberedData(size=size, batch_size=4, drop_last=drop_last).train_dataloader()
    assert [len(batch) for batch in indices(loader)] == lengths


def test_validation_is_neither_shuffled_nor_augmented_nor_cut():
    data = NumberedData(batch_size=4, train_transforms=[v2.RandomErasing(p=1.0), Shade()])
    assert indices(data.val_dataloader()) == [[0, 1, 2, 3], [4, 5, 6]]
    values = torch.cat([batch["image"] for batch in data.val_dataloader()])
    torch.testing.assert_close(values, torch.arange(7.0).view(7, 1, 1, 1).expand(7, 3, 8, 8))


def test_setup_opens_what_the_stage_needs_once(monkeypatch):
    opened = []
    monkeypatch.setattr(NumberedData, "dataset", lambda self, split: opened.append(split) or [])
    data = NumberedData()
    data.setup("validate"), data.setup("fit"), data.setup("fit"), data.setup("test"), data.setup()
    assert opened == ["val", "train", "test"]


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ({"batch_size": 0}, "batch_size must be at least 1 and at most 2147483648, got 0"),
        ({"num_workers": -1}, "num_workers must be at least 0 and at most 1024, got -1"),
        ({"num_workers": 10**6}, "num_workers must be at least 0 and at most 1024, got 1000000"),
        ({"std": (1.0, 0.0, 1.0)}, r"std positive, got .* and \(1.0, 0.0, 1.0\)"),
        ({"mean": (123.7, 116.3, 103.5)}, r"mean and std must be of values in \[0, 1\], .* got \(123.7, "),
        ({"mean": (float("nan"),) * 3}, r"mean and std must be of values in \[0, 1\], .* got \(nan, "),
        ({"std": (float("inf"),) * 3}, r"mean and std must be of values in \[0, 1\], .* and \(inf, "),
    ],
)
def test_arguments_out_of_range(argument, message):
    with pytest.raises(ValueError, match=message):
        NumberedData(**argument)


def parse(*layers: dict) -> DenseData:
    parser = ArgumentParser(exit_on_error=False)
    parser.add_argument("--config", action="config")
    parser.add_subclass_arguments(DenseData, "data")
    arguments = [part for layer in layers for part in ("--config", yaml.safe_dump(layer))]
    return parser.instantiate(parser.parse_args(arguments)).data


def test_a_trick_appends_or_replaces_transforms_by_their_names():
    flip, jitter = {"class_path": "RandomHorizontalFlip"}, {"class_path": "torchvision.transforms.v2.ColorJitter"}
    base = {"data": {"class_path": "Digits", "init_args": {"train_transforms": [flip]}}}

    def names(trick: dict) -> list[str]:
        return [type(made).__name__ for made in parse(base, {"data": {"init_args": trick}}).train_transforms]

    assert names({"train_transforms+": [jitter]}) == ["RandomHorizontalFlip", "ColorJitter"]
    assert names({"train_transforms": [jitter]}) == ["ColorJitter"]


@pytest.mark.parametrize("name", sorted(set(datamodules.__all__) - {"DenseData", "Splits"}))
def test_the_example_in_the_docstring_is_valid(name):
    example = re.search(r"```yaml\n(.*?)```", getattr(datamodules, name).__doc__, re.DOTALL)
    assert type(parse(yaml.safe_load(example[1]))).__name__ == name


@pytest.mark.parametrize(
    ("name", "first"),
    [("Ade20k", "wall"), ("OxfordPets", "background"), ("PascalBoxes", "aeroplane"), ("PascalMasks", "background"),
     ("PennFudanBoxes", "person"), ("PennFudanMasks", "background"), ("Sbd", "background")],
)  # fmt: skip
def test_a_named_data_set_has_its_own_classes_in_a_config(name, first):
    data = parse({"data": {"class_path": name, "init_args": {"root": "data", "size": [64, 64]}}})
    assert (*data.classes, *data.box_classes)[0] == first
