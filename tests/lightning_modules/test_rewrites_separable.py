"""Separable convolutions take the place of dense ones in the parts that are named, at MobileNet's cost."""

import copy
from collections.abc import Callable
from functools import partial

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from lightning_modules import layers
from lightning_modules.backbones import Tiny
from lightning_modules.heads import FCNHead
from lightning_modules.networks import Features, SegmentationNetwork
from lightning_modules.pairing import stream
from lightning_modules.pyramid import FPA, FPN, PPM
from lightning_modules.rewrites import GroupNorm, Separable


def network(**blocks: Callable[..., nn.Module]) -> SegmentationNetwork:
    features = Features(Tiny, blocks.get("context"), blocks.get("fusion"))
    return SegmentationNetwork(features, FCNHead, num_classes=3)  # type: ignore[arg-type]


PARTS = ("context", "fusion", "head")
FULL = {"context": PPM, "fusion": partial(FPN, channels=16)}


def convs(model: nn.Module) -> list[nn.Conv2d]:
    return [m for m in model.modules() if isinstance(m, nn.Conv2d)]


@pytest.mark.parametrize("parts", [("context",), ("fusion",), ("head",), PARTS, (*PARTS, "backbone")])
def test_separable_replaces_every_dense_convolution_of_its_parts(parts: tuple[str, ...]) -> None:
    plain, model = network(**FULL), Separable(parts)(network(**FULL))
    for name, part in (*model.features.named_children(), ("head", model.head)):
        dense = [conv for conv in convs(part) if conv.kernel_size != (1, 1) and conv.groups == 1]
        separable = [m for m in part.modules() if isinstance(m, layers.SeparableConv)]
        old = plain.get_submodule(name if name == "head" else f"features.{name}")
        spatial = [conv for conv in convs(old) if conv.kernel_size != (1, 1)]
        assert (len(dense), len(separable)) == ((0, len(spatial)) if name in parts else (len(spatial), 0))


@pytest.mark.parametrize("training", [True, False])
def test_it_makes_the_papers_unit_of_a_unit_of_ours(training: bool) -> None:
    unit = layers.ConvNormAct(6, 4, dilation=2)
    made = Separable()(nn.ModuleDict({"head": unit}))["head"].train(training)
    paper = layers.SeparableConvNormAct(6, 4, dilation=2).train(training)
    between, pointwise = made[0]
    for ours, theirs in zip([*between, pointwise, *list(made)[1:]], [*paper[0], *paper[1]], strict=True):
        theirs.load_state_dict(ours.state_dict())
    x = torch.randn(2, 6, 9, 11)
    torch.testing.assert_close(made(x), paper(x))


class Shared(nn.Module):
    """One convolution for two levels, each with its norm, as in a detector's towers."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(4, 4, 3, padding=1)
        self.norms = nn.ModuleList(nn.BatchNorm2d(4) for _ in range(2))


class Block(nn.Module):
    """As torchvision writes them: no Sequential."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(4, 4, 3, padding=1)
        self.bn1 = nn.BatchNorm2d(4)
        self.relu = nn.ReLU()


@pytest.mark.parametrize(
    ("head", "norms"),
    [
        (nn.Sequential(nn.Conv2d(4, 4, 3, padding=1), nn.BatchNorm2d(4)), 2),
        (Block(), 2),
        (Shared(), 2),
        (nn.Sequential(nn.Conv2d(4, 4, 3, padding=1), nn.ReLU(), nn.BatchNorm2d(4)), 1),
        (nn.Sequential(nn.Conv2d(4, 4, 3, padding=1)), 0),
    ],
)
def test_a_norm_comes_between_only_where_one_is_right_behind(head: nn.Module, norms: int) -> None:
    for norm_between, expected in ((True, norms), (False, sum(isinstance(m, nn.BatchNorm2d) for m in head.modules()))):
        network = Separable(norm_between=norm_between)(nn.ModuleDict({"head": copy.deepcopy(head)}))
        assert sum(isinstance(m, nn.BatchNorm2d) for m in network.modules()) == expected


def test_both_forms_draw_the_same_weights() -> None:
    def drawn(norm_between: bool) -> list[nn.Conv2d]:
        torch.manual_seed(0)
        net = network(**FULL)
        with stream(0, "Separable"):
            return convs(Separable(norm_between=norm_between)(net))

    for one, other in zip(drawn(True), drawn(False), strict=True):
        assert torch.equal(one.weight, other.weight)


def test_separable_before_another_norm_and_not_after_it() -> None:
    made = GroupNorm(4, per_group=True)(Separable()(network(**FULL)))
    assert not any(isinstance(m, nn.BatchNorm2d) for m in made.modules())
    with pytest.raises(
        ValueError, match=r"^Separable: .* behind features\.context\.project\.0 is GroupNorm; put [^\n]*$"
    ):
        Separable()(GroupNorm(4, per_group=True)(network(**FULL)))


def flops(model: nn.Module) -> int:
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        model.eval()(torch.randn(1, 3, 64, 64))
    return counter.get_total_flops()


def test_separable_costs_what_mobilenets_says() -> None:
    """1 / out + 1 / k² of each convolution's weights (Howard et al. 2017, sec. 3.1)."""
    plain, model = network(**FULL), Separable()(network(**FULL))
    parts = (plain.features.context, plain.features.fusion, plain.head)
    dense = [conv for part in parts for conv in convs(part) if conv.kernel_size == (3, 3)]
    saved = sum(conv.weight.numel() * (1 - 1 / conv.out_channels - 1 / 9) for conv in dense)
    before, after = (sum(p.numel() for p in net.parameters() if p.dim() > 1) for net in (plain, model))
    assert before - after == pytest.approx(saved)
    assert flops(model) < 0.7 * flops(plain)


def test_separable_keeps_the_bias_and_draws_by_name() -> None:
    def model(seed: int) -> nn.Module:
        torch.manual_seed(0)
        net = network(fusion=partial(FPN, channels=16))
        with stream(seed, "Separable"):
            return Separable(("fusion",))(net)

    torch.manual_seed(0)
    plain = network(fusion=partial(FPN, channels=16)).features.fusion.smooth
    one, again, other = (model(seed).features.fusion.smooth for seed in (0, 0, 1))
    for i, conv in enumerate(plain):
        assert torch.equal(one[i][1].bias, conv.bias)
        assert torch.equal(one[i][0].weight, again[i][0].weight)
        assert not torch.equal(one[i][1].weight, other[i][1].weight)
    assert not torch.equal(one[0][0].weight, one[1][0].weight)


def test_convolutions_of_one_channel_stay() -> None:
    model = Separable(("context", "head"))(network(context=partial(FPA, global_pooling=False)))
    assert len([conv for conv in convs(model.features.context) if conv.kernel_size != (1, 1)]) == 6


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (partial(Separable, ()), "Separable: parts must be one or more of backbone, .* got none"),
        (partial(Separable, ("neck",)), "Separable: parts must be one of backbone, .* got 'neck'"),
        (lambda: Separable(("fusion",))(network()), r"Separable: there is no dense k × k convolution in fusion"),
        (
            lambda: Separable()(nn.ModuleDict({"head": nn.ModuleDict({"conv": nn.Conv2d(4, 4, 3)})})),
            r"Separable: head\.conv must be square, odd and padded to keep the size, got Conv2d\(4, 4, [^\n]*$",
        ),
    ],
)
def test_separable_refuses(make: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()
