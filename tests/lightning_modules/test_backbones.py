"""A contract for every backbone, and ResNets against torchvision's."""

import pytest
import torch
import torchvision
from torch import nn

from lightning_modules.backbones import Backbone, ResNet, Tiny
from tests.walk import subclasses

SMALL = {ResNet: {"width": 0.125}, Tiny: {"width": 2}}


@pytest.mark.parametrize("backbone", subclasses(Backbone), ids=lambda c: c.__name__)
@pytest.mark.parametrize("size", [(64, 64), (33, 65), (7, 13), (1, 1)])
def test_levels_are_as_promised(backbone, size):
    model = backbone(**SMALL.get(backbone, {})).eval()
    pyramid = model(torch.rand(1, 3, *size))
    assert len(pyramid) == len(model.levels)
    for level, x in zip(model.levels, pyramid, strict=True):
        assert x.shape == (1, level.channels, *(-(-side // level.stride) for side in size))


@pytest.mark.parametrize("backbone", subclasses(Backbone), ids=lambda c: c.__name__)
def test_every_parameter_learns(backbone):
    model = backbone(**SMALL.get(backbone, {}))
    sum(x.square().mean() for x in model(torch.rand(2, 3, 64, 64))).backward()
    assert [name for name, p in model.named_parameters() if p.grad is None or not p.grad.isfinite().all()] == []


@pytest.mark.parametrize("depth", [18, 34, 50, 101])
def test_resnet_is_torchvisions(depth):
    ours, theirs = ResNet(depth).eval(), torchvision.models.get_model(f"resnet{depth}").eval()
    pairs = [(ours.stem[0], theirs.conv1), (ours.stem[1], theirs.bn1)]
    pairs += list(zip(ours.stages, (theirs.layer1, theirs.layer2, theirs.layer3, theirs.layer4), strict=True))
    for mine, other in pairs:
        mine.load_state_dict(other.state_dict())
    features = nn.Sequential(*list(theirs.children())[:-2])
    image = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        torch.testing.assert_close(ours(image)[-1], features(image), atol=1e-5, rtol=1e-5)
    assert [level.channels for level in ours.levels] == ([64, 128, 256, 512] if depth < 50 else [256, 512, 1024, 2048])


@pytest.mark.parametrize(("stride", "dilate"), [(16, [False, False, True]), (8, [False, True, True])])
def test_dilation_is_torchvisions(stride, dilate):
    ours = ResNet(50, output_stride=stride).eval()
    theirs = torchvision.models.resnet50(replace_stride_with_dilation=dilate).eval()
    ours.stem[0].load_state_dict(theirs.conv1.state_dict())
    for mine, other in zip(ours.stages, (theirs.layer1, theirs.layer2, theirs.layer3, theirs.layer4), strict=True):
        mine.load_state_dict(other.state_dict())
    image = torch.rand(1, 3, 48, 48)
    with torch.no_grad():
        expected = nn.Sequential(*list(theirs.children())[:-2])(image)
        torch.testing.assert_close(ours(image)[-1], expected, atol=1e-4, rtol=1e-4)
    assert ours.levels[-1].stride == stride


def test_width_scales_every_layer():
    assert [level.channels for level in ResNet(18, width=0.25).levels] == [16, 32, 64, 128]
    ours, whole = (sum(p.numel() for p in ResNet(18, width=w).parameters()) for w in (0.5, 1.0))
    assert ours / whole == pytest.approx(0.25, abs=0.01)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"width": 0}, "width must be positive, got 0"),
        ({"width": 0.5, "weights": "DEFAULT"}, "weights exist for width 1 only, got weights='DEFAULT' with width=0.5"),
        ({"weights": "IMAGENET_V9"}, "resnet18 has no weights 'IMAGENET_V9'; it has IMAGENET1K_V1"),
    ],
)
def test_resnet_refuses(arguments, message):
    with pytest.raises(ValueError, match=message):
        ResNet(**arguments)


@pytest.mark.parametrize("argument", ["width", "depth", "stages"])
def test_tiny_refuses(argument):
    with pytest.raises(ValueError, match=f"at least 1, got .*{argument}=0"):
        Tiny(**{argument: 0})
