"""The contract of every backbone."""

from collections.abc import Callable
from typing import TypeAlias

import torch
from torch import nn

from lightning_modules.backbones import Backbone
from lightning_modules.pairing import build_paired

Make: TypeAlias = Callable[[], Backbone]
SIZES = ((64, 64), (33, 65), (7, 13), (1, 1))


def levels_are_as_promised_for_any_image_size(make: Make) -> None:
    """Channels and strides are those of `levels`, for odd and tiny images too."""
    model = make().eval()
    for size in SIZES:
        with torch.no_grad():
            made = [tuple(x.shape) for x in model(torch.rand(1, 3, *size))]
        promised = [(1, channels, -(-size[0] // stride), -(-size[1] // stride)) for channels, stride in model.levels]
        assert made == promised, f"for an image of {size}: {made} is not {promised}"


def every_parameter_learns(make: Make) -> None:
    """Each parameter gets a finite gradient."""
    model = make()
    torch.stack([x.square().mean() for x in model(torch.rand(2, 3, 64, 64))]).sum().backward()
    without = [n for n, p in model.named_parameters() if p.grad is None or not p.grad.isfinite().all()]
    assert not without, f"no finite gradient for {', '.join(without)}"


def in_eval_mode_samples_do_not_touch_each_other(make: Make) -> None:
    """In eval mode an image's maps do not depend on the others of its batch."""
    model, images = make().eval(), torch.rand(2, 3, 33, 65)
    with torch.no_grad():
        for both, alone in zip(model(images), model(images[:1]), strict=True):
            torch.testing.assert_close(both[:1], alone, rtol=1e-4, atol=1e-5)


def weights_hang_on_their_names_and_not_on_what_was_drawn_before(make: Make) -> None:
    """With one seed its initial weights are the same whatever stands before it: else arms are not paired."""
    torch.manual_seed(1)
    plain = build_paired(lambda: nn.Sequential(nn.Identity(), make()), seed=0)
    torch.manual_seed(2)
    theirs = build_paired(lambda: nn.Sequential(nn.Linear(3, 3), make()), seed=0).state_dict()
    other = [name for name, weight in plain.state_dict().items() if not torch.equal(weight, theirs[name])]
    assert not other, f"drawn otherwise: {', '.join(other)}"


CONTRACT: tuple[Callable[[Make], None], ...] = (
    levels_are_as_promised_for_any_image_size,
    every_parameter_learns,
    in_eval_mode_samples_do_not_touch_each_other,
    weights_hang_on_their_names_and_not_on_what_was_drawn_before,
)
