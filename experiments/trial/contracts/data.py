"""The contract of every data module."""

import itertools
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

import torch
from torch import Tensor

from datamodules import DenseData

Make: TypeAlias = Callable[[], DenseData]
KINDS = {"image": torch.float32, "mask": torch.int64, "label": torch.int64}


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    before = os.environ.get("PL_GLOBAL_SEED")
    os.environ["PL_GLOBAL_SEED"] = str(seed)
    try:
        yield
    finally:
        del os.environ["PL_GLOBAL_SEED"]
        if before is not None:
            os.environ["PL_GLOBAL_SEED"] = before


def _batches(make: Make, seed: int = 0, count: int = 2) -> list[dict[str, Any]]:
    with _seeded(seed):
        data = make()
        data.setup("fit")
        return list(itertools.islice(data.train_dataloader(), count))


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, Tensor):
        return torch.equal(one, other)
    return len(one) == len(other) and all(itertools.starmap(_same, zip(one, other, strict=True)))


def batches_are_as_promised(make: Make) -> None:
    """A batch has a float image (N, 3, H, W) and labels of the promised kinds."""
    batch = _batches(make, count=1)[0]
    assert batch["image"].dim() == 4, f"image has the shape {tuple(batch['image'].shape)}"
    for name in KINDS.keys() & batch.keys():
        assert batch[name].dtype == KINDS[name], f"{name} is {batch[name].dtype}, not {KINDS[name]}"
    assert batch.keys() - {"image"}, "a batch has nothing but images"


def labels_have_names(make: Make) -> None:
    """Every label of the training data is one of `classes`, of `box_classes`, or ignored."""
    with _seeded(0):
        data = make()
        data.setup("fit")
        for batch in data.train_dataloader():
            for name, names in (("mask", data.classes), ("label", data.classes), ("labels", data.box_classes)):
                values = batch.get(name, torch.zeros(0, dtype=torch.int64))
                flat = torch.cat([v.flatten() for v in values]) if len(values) else torch.zeros(0, dtype=torch.int64)
                wrong = flat[(flat != data.ignore_index) & ((flat < 0) | (flat >= len(names)))]
                assert not len(wrong), f"{name} holds {int(wrong[0])}, and there are {len(names)} names"


def equal_seeds_see_equal_batches(make: Make) -> None:
    """With one seed every arm sees the same batches, whatever else draws random numbers; with another seed, others."""
    first = _batches(make)
    torch.rand(7)
    again, other = _batches(make), _batches(make, seed=1)
    assert all(_same(a[k], b[k]) for a, b in zip(first, again, strict=True) for k in a), "equal seeds, other batches"
    assert not all(_same(a["image"], b["image"]) for a, b in zip(first, other, strict=True)), "another seed, no others"


def an_interrupted_epoch_goes_on_where_it_was(make: Make) -> None:
    """A loader that is resumed after its first batch goes on with the second."""
    with _seeded(0):
        one, other = make(), make()
        one.setup("fit")
        other.setup("fit")
        loader: Any = one.train_dataloader()
        batches = iter(loader)
        next(batches)
        state, second = loader.state_dict(), next(batches, None)
        resumed: Any = other.train_dataloader()
        resumed.load_state_dict(state)
        after = next(iter(resumed))
    assert second is None or all(_same(second[k], after[k]) for k in second), "the batch after the resume is another"


def validation_is_in_order(make: Make) -> None:
    """Two passes over the validation data are equal."""
    data = make()
    data.setup("fit")
    one, other = ([batch["image"] for batch in data.val_dataloader()] for _ in range(2))
    assert _same(one, other), "a second pass gives other images"


CONTRACT: tuple[Callable[[Make], None], ...] = (
    batches_are_as_promised,
    labels_have_names,
    equal_seeds_see_equal_batches,
    an_interrupted_epoch_goes_on_where_it_was,
    validation_is_in_order,
)
