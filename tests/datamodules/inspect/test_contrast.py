"""What is said of boundaries that are hardly to be seen."""

import torch

from datamodules.inspect.contrast import find_faint, steps_of


def _sample(step: int, noise: float) -> dict[str, torch.Tensor]:
    """Two halves whose grey differs by a step, with noise over them, (32, 32)."""
    mask = torch.zeros(32, 32, dtype=torch.uint8)
    mask[:, 16:] = 1
    grey = 100 + step * mask + noise * torch.randn(32, 32, generator=torch.Generator().manual_seed(0))
    return {"image": grey.clamp(0, 255).to(torch.uint8).expand(3, 32, 32), "mask": mask}


def test_steps_at_the_boundary_are_told_from_those_inside() -> None:
    sample = _sample(40, 0)
    across, inside = steps_of(sample)
    assert across.unique().tolist() == [40]
    assert len(across) == 32
    assert inside.unique().tolist() == [0]
    assert len(inside) == 2 * 31 * 32 - 32
    sample["mask"][:, 15] = 255
    assert not len(steps_of(sample)[0])


def test_a_boundary_is_faint_beside_the_noise_of_its_image() -> None:
    [found] = find_faint([_sample(10, 20)] * 3)
    assert "faint boundaries" in found.said
    assert found.images == 3
    assert not [*find_faint([_sample(100, 20)])]
    assert not [*find_faint([_sample(10, 0)])]


def test_without_a_boundary_nothing_is_said() -> None:
    one = {**_sample(0, 5), "mask": torch.zeros(32, 32, dtype=torch.uint8)}
    assert not [*find_faint([one])]
    assert not [*find_faint([])]
