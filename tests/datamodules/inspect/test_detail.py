"""What is said of masks that coarse cells lose."""

import torch

from datamodules.inspect.detail import find_detail, ious, redrawn


def _lines(width: int) -> torch.Tensor:
    """Upright bars of label 1, as far apart as they are wide, (64, 64)."""
    return ((torch.arange(64) // width) % 2).repeat(64, 1)


def test_cells_of_one_pixel_lose_nothing_and_what_is_ignored_is_left_out() -> None:
    mask = torch.randint(0, 3, (10, 14), generator=torch.Generator().manual_seed(0))
    assert torch.equal(redrawn(mask, 1), mask)
    mask[:5] = 255
    assert ious([mask], 1, 4).tolist()[:3] == [1, 1, 1]
    assert ious([mask], 1, 4)[3] != ious([mask], 1, 4)[3]  # no pixel is of this class


def test_a_cell_holds_what_most_of_it_is() -> None:
    mask = torch.zeros(64, 64, dtype=torch.long)
    mask[:32] = 1
    assert torch.equal(redrawn(mask, 32), mask)
    mask[0, 0] = 0
    assert redrawn(mask, 32)[0, 0] == 1


def test_thin_things_are_named_and_coarse_ones_are_not_spoken_of() -> None:
    thin = [{"image": torch.zeros(3, 64, 64), "mask": _lines(4)}] * 3
    [found] = find_detail(thin, ["ground", "bars"])
    values = {int(part.split(" at ")[1]): float(part.split(" at ")[0]) for part in _means(found.said)}
    assert list(values) == [32, 16, 8, 4]
    assert values[4] == 1
    assert values[16] < 0.6
    assert "(least at 16: " in found.said
    assert "a decoder" in found.then
    coarse = [{"image": torch.zeros(3, 64, 64), "mask": _lines(32)}]
    assert not [*find_detail(coarse, ["ground", "bars"])]


def test_without_a_mask_that_can_be_read_nothing_is_said() -> None:
    void = torch.full((64, 64), 255)
    assert not [*find_detail([], ["ground"])]
    assert not [*find_detail([{"image": torch.zeros(3, 64, 64), "mask": void}] * 2, ["ground", "bars"])]


def _means(said: str) -> list[str]:
    return said.partition("mean IoU of ")[2].partition(" (")[0].split(", ")
