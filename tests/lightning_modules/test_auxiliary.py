"""The auxiliary head: a second loss in training, nothing in use."""

import math
from functools import partial

import pytest
import torch
from torch import Tensor

from lightning_modules import Segmentation
from lightning_modules.backbones import Tiny
from lightning_modules.heads import FCNHead
from lightning_modules.layers import resize_to
from lightning_modules.losses import CrossEntropy
from lightning_modules.optim import Warmup
from lightning_modules.pyramid import FPN, PPM


def module(**parts) -> Segmentation:
    torch.manual_seed(0)
    sgd = partial(torch.optim.SGD, lr=0.05)
    parts = {"backbone": partial(Tiny, channels=4), **parts}
    return Segmentation(5, loss=CrossEntropy(), optimizer=sgd, schedule=Warmup, **parts)


@pytest.fixture
def batch() -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(0)
    masks = torch.randint(5, (2, 32, 48), generator=generator)
    return {"image": torch.rand(2, 3, 32, 48, generator=generator), "mask": masks}


@pytest.mark.parametrize("parts", [{}, {"context": PPM}, {"context": PPM, "fusion": partial(FPN, channels=8)}], ids=str)
def test_its_weighted_loss_on_the_level_before_the_deepest_is_added(parts, batch):
    model = module(auxiliary=FCNHead, auxiliary_weight=0.3, **parts)
    network = model.network
    logits = network(batch["image"])
    early = network.auxiliary(network.features.backbone(batch["image"])[-2:-1])
    expected = model.loss(logits, batch["mask"]) + 0.3 * model.loss(resize_to(early, batch["image"]), batch["mask"])
    assert early.shape[-2:] == (4, 6)  # stride 8, where the deepest has 16
    torch.testing.assert_close(model.training_loss(batch), expected)


def test_every_parameter_of_it_learns_and_validation_leaves_it_out(batch):
    model = module(auxiliary=FCNHead)
    model.training_loss(batch).backward()
    assert all(p.grad.abs().sum() > 0 for p in model.network.auxiliary.parameters())
    model.network.auxiliary.forward = None  # whoever calls it now fails
    model.validation_step(batch, 0)


def test_it_changes_neither_the_other_weights_nor_the_logits(batch):
    plain, helped = module().eval(), module(auxiliary=FCNHead).eval()
    assert torch.equal(plain(batch["image"]), helped(batch["image"]))


def test_mixed_images_are_mixed_for_it_too(batch):
    model = module(auxiliary=FCNHead).eval()
    mixed, (own, other) = {**batch, "share": 0.7}, (batch, {**batch, "mask": batch["mask"].roll(1, 0)})
    expected = 0.7 * model.training_loss(own) + 0.3 * model.training_loss(other)
    torch.testing.assert_close(model.training_loss(mixed), expected)


@pytest.mark.parametrize("weight", [0.0, -0.1, math.nan, math.inf])
def test_a_weight_that_is_none_is_refused(weight):
    with pytest.raises(ValueError, match=f"auxiliary_weight must be positive and finite, got {weight}"):
        module(auxiliary=FCNHead, auxiliary_weight=weight)


def test_it_needs_a_level_before_the_deepest():
    with pytest.raises(ValueError, match="auxiliary reads the level before the deepest, but there is only one"):
        module(backbone=partial(Tiny, channels=4, stages=1), auxiliary=FCNHead)


def test_one_value_a_channel_is_refused_in_our_words():
    model = module(auxiliary=FCNHead, context=PPM)
    batch = {"image": torch.rand(1, 3, 16, 16), "mask": torch.zeros(1, 16, 16, dtype=torch.long)}
    with pytest.raises(ValueError, match="a norm got one value to normalise, in a map of"):
        model.training_loss(batch)
