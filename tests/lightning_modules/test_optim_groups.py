"""Parameter groups: which parameter gets what, in real networks."""

import re
from functools import partial
from types import SimpleNamespace

import pytest
import torch
from torch import nn
from torch.optim import LBFGS, SGD, AdamW, Rprop

from lightning_modules.backbones import ConvNeXt, ResNet, Swin, Tiny
from lightning_modules.heads import UPerHead
from lightning_modules.networks import Features, SegmentationNetwork
from lightning_modules.optim import LayerwiseDecay, LinearScaling, NoDecay, Poly, RateMultiplier, Warmup, make_optimizer
from lightning_modules.parts import part_of, weights
from lightning_modules.pyramid import FPN, PPM
from lightning_modules.rewrites import Freeze, SyncBatchNorm


def network(backbone=Tiny) -> SegmentationNetwork:
    features = Features(backbone, partial(PPM, bins=(1, 2)), partial(FPN, channels=8))
    return SegmentationNetwork(features, partial(UPerHead, hidden=8), num_classes=3)


def settings(module: nn.Module, *rules, make=None) -> dict[str, tuple[float, float]]:
    """Each trained parameter's learning rate and weight decay."""
    names = {id(parameter): name for name, parameter in module.named_parameters()}
    groups = make_optimizer(make or partial(SGD, lr=0.1, weight_decay=0.01), module, rules).param_groups
    return {names[id(p)]: (group["lr"], group["weight_decay"]) for group in groups for p in group["params"]}


def test_without_a_rule_there_is_one_group_in_the_modules_order():
    module = network()
    (group,) = make_optimizer(partial(SGD, lr=0.1), module, ()).param_groups
    assert [id(p) for p in group["params"]] == [id(p) for p in module.parameters()]


def test_a_step_in_groups_is_a_step_in_one():
    """Groups that differ in nothing train to the same bits."""
    one, two = network(), network()
    two.load_state_dict(one.state_dict())
    optimizers = [
        make_optimizer(partial(AdamW, lr=0.1), one, ()),
        make_optimizer(partial(AdamW, lr=0.1), two, [RateMultiplier(["head"], 2.0), RateMultiplier(["head"], 0.5)]),
    ]
    for module, optimizer in zip((one, two), optimizers, strict=True):
        for i, parameter in enumerate(module.parameters()):
            parameter.grad = torch.full_like(parameter, i - 5.0)
        optimizer.step()
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), two.parameters(), strict=True))


@pytest.mark.parametrize(
    "backbone",
    [Tiny, partial(ResNet, 18), partial(Swin, "t"), partial(ConvNeXt, "tiny")],
    ids=["tiny", "resnet", "swin", "convnext"],
)
def test_no_decay_spares_biases_and_normalisations_and_nothing_else(backbone):
    module = network(backbone)
    decay = {name: wd for name, (_, wd) in settings(module, NoDecay()).items()}
    owners = {
        f"{path}.{leaf}": (owner, leaf)
        for path, owner in module.named_modules()
        for leaf, _ in owner.named_parameters(recurse=False)
    }
    for name, (owner, leaf) in owners.items():
        decayed = isinstance(owner, (nn.Conv2d, nn.Linear)) and leaf == "weight"
        assert decay[name] == (0.01 if decayed else 0.0), name
    assert {0.0, 0.01} == set(decay.values())


def test_weights_of_a_normalisation_over_maps_are_no_weights():
    module = nn.Sequential(nn.Conv2d(3, 4, 1), nn.LayerNorm([4, 8, 8]), nn.GroupNorm(2, 4))
    assert list(weights(module)) == ["0.weight"]


def test_a_number_a_channel_is_no_weight_and_a_filter_bank_of_one_output_is():
    module = nn.Conv2d(8, 1, 1)
    module.scale, module.shift = nn.Parameter(torch.ones(8, 1, 1)), nn.Parameter(torch.zeros(8))
    assert list(weights(module)) == ["weight"]


def test_a_multiplier_reaches_its_parts_alone():
    rates = {name: lr for name, (lr, _) in settings(network(), RateMultiplier(["head", "stages.1"], 10)).items()}
    assert {name for name, lr in rates.items() if lr == 1.0} == {
        name for name in rates if name.startswith(("head.", "features.backbone.stages.1."))
    }
    assert set(rates.values()) == {0.1, 1.0}


def test_layerwise_decay_by_stages():
    rates = {part_of(name): lr for name, (lr, _) in settings(network(), LayerwiseDecay(0.5)).items()}
    assert rates == {
        "stem": 0.1 / 16, "stages.0": 0.1 / 8, "stages.1": 0.1 / 4, "stages.2": 0.1 / 2,
        "context": 0.1, "fusion": 0.1, "head": 0.1,
    }  # fmt: skip


def test_rules_multiply_in_any_order():
    rules = [NoDecay(), RateMultiplier(["backbone"], 0.1), LayerwiseDecay(0.5)]
    module = network()
    assert settings(module, *rules) == settings(module, *reversed(rules))
    assert settings(module, *rules)["features.backbone.stem.0.weight"] == pytest.approx((0.1 * 0.1 / 16, 0.01))


def test_linear_scaling_counts_devices_and_accumulated_batches():
    module = network()
    data = SimpleNamespace(train_dataloader=lambda: SimpleNamespace(batch_size=4))
    module.trainer = SimpleNamespace(accumulate_grad_batches=3, world_size=2, datamodule=data)
    rates = [lr for lr, _ in settings(module, LinearScaling(16)).values()]
    assert rates == pytest.approx([0.15] * len(rates))


def test_the_schedule_keeps_the_multiples():
    optimizer = make_optimizer(partial(SGD, lr=0.1), network(), [RateMultiplier(["head"], 10)])
    schedule = Warmup(optimizer, 10, decay=Poly())
    for _ in range(5):
        optimizer.step()
        schedule.step()
    backbone, head = schedule.get_last_lr()
    assert (backbone, head / backbone) == pytest.approx((0.1 * 0.5**0.9, 10))


@pytest.mark.parametrize("before", [lambda module: module, SyncBatchNorm()], ids=["BatchNorm", "SyncBatchNorm"])
def test_frozen_parts_neither_learn_nor_count_batches(before):
    module = Freeze(["stem", "stages.0"])(before(network())).train()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    optimizer = make_optimizer(partial(SGD, lr=0.1), module, [NoDecay()])
    module(torch.randn(2, 3, 32, 32)).square().mean().backward()
    optimizer.step()
    changed = {part_of(name) for name, value in module.state_dict().items() if not torch.equal(value, before[name])}
    assert changed == {"stages.1", "stages.2", "context", "fusion", "head"}


def test_freezing_keeps_what_pretraining_left():
    module = network().train()
    module(torch.randn(2, 3, 32, 32) + 3)
    image = torch.randn(1, 3, 32, 32)
    expected = module.eval()(image)
    assert torch.allclose(Freeze(["backbone"])(module)(image), expected, atol=1e-5)


BARE = nn.Sequential(nn.Conv2d(3, 3, 1, bias=False))


class Nothing(NoDecay):
    """A rule that finds no parameter."""

    def factors(self, module):
        return {}


PARTS = "has no part 'haed'; its parts are stem, stages.0, stages.1, stages.2, context, fusion, head"
UNMATCHED = "matches no trainable parameter of the network"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: settings(network(), RateMultiplier(["haed"])), f"RateMultiplier: the network {PARTS}"),
        (lambda: Freeze(["haed"])(network()), f"Freeze: the network {PARTS}"),
        (lambda: settings(network(), Nothing()), f"Nothing: {UNMATCHED}"),
        (lambda: settings(Freeze()(network()), RateMultiplier(["stem"])), f"RateMultiplier: {UNMATCHED}"),
        (lambda: settings(BARE, NoDecay()), f"NoDecay: {UNMATCHED}"),
        (lambda: settings(BARE, LayerwiseDecay()), "the backbone has no stages; the network's parts are 0"),
        (lambda: settings(network(), NoDecay(), make=Rprop), "Rprop has no weight decay that a parameter rule could"),
        (lambda: settings(network(), NoDecay(), make=LBFGS), "LBFGS doesn't support per-parameter options"),
        (lambda: settings(Freeze(["features", "head"])(network())), "optimizer got an empty parameter list"),
        (lambda: Freeze([]), "Freeze: parts must name one part or more, got none"),
        (lambda: RateMultiplier([]), "RateMultiplier: parts must name one part or more, got none"),
        (lambda: RateMultiplier(multiplier=0), "RateMultiplier: multiplier must be positive, got 0"),
        (lambda: LayerwiseDecay(1), "LayerwiseDecay: decay must lie in (0, 1), got 1"),
        (lambda: LinearScaling(0), "LinearScaling: base_batch must be at least 1, got 0"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(make, message):
    with pytest.raises(ValueError, match=re.escape(message)) as error:
        make()
    assert "\n" not in str(error.value)
