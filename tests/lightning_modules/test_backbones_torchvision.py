"""Ours equal theirs: torchvision's features and weights."""

from urllib.error import URLError

import pytest
import torch
import torch.nn.functional as F
import torchvision
from torch import nn
from torchvision.ops import StochasticDepth

from lightning_modules.backbones import ConvNeXt, EfficientNet, MobileNetV3, ResNet, ResNeXt, Swin
from lightning_modules.backbones.normalization import IMAGENET, Renormalize
from lightning_modules.backbones.weights import torchvision_normalization

DOWNLOAD = "torchvision.models._api.load_state_dict_from_url"


def trained(name):
    """A torchvision model whose every parameter and statistic matters, in eval mode."""
    torch.manual_seed(0)
    model = torchvision.models.get_model(name).eval().requires_grad_(requires_grad=False)
    for parameter in model.parameters():
        if parameter.dim() not in (2, 4):
            parameter.uniform_(0.5, 1.5)
    for name_, buffer in model.named_buffers():
        if name_.endswith(("running_mean", "running_var")):
            buffer.uniform_(0.5, 1.5)
    return model


def pyramid_of(layers, image):
    """The last map of each size: what a pyramid is made of (Lin et al. 2017, section 3)."""
    last = {}
    for layer in layers:
        image = layer(image)
        last[min(image.shape[1:3]), min(image.shape[2:])] = image.clone()
    return list(last.values())[-4:]


def classifier_free(model):
    """The layers up to the last level, in order."""
    if hasattr(model, "features"):
        layers = list(model.features)
        return layers[:-1] if isinstance(model, torchvision.models.EfficientNet) else layers
    return list(model.children())[:-2]


@pytest.mark.parametrize(
    ("cls", "argument", "name"),
    [
        (ResNet, 18, "resnet18"),
        (ResNeXt, "50_32x4d", "resnext50_32x4d"),
        (MobileNetV3, "small", "mobilenet_v3_small"),
        (MobileNetV3, "large", "mobilenet_v3_large"),
        (EfficientNet, "b0", "efficientnet_b0"),
        (EfficientNet, "v2_s", "efficientnet_v2_s"),
        (ConvNeXt, "tiny", "convnext_tiny"),
        (Swin, "t", "swin_t"),
        (Swin, "v2_t", "swin_v2_t"),
    ],
)
def test_levels_under_loaded_weights_are_torchvisions(monkeypatch, cls, argument, name):
    theirs, image = trained(name), torch.randn(1, 3, 64, 96)
    monkeypatch.setattr(DOWNLOAD, lambda *_, **__: theirs.state_dict())
    ours = cls(argument, weights="DEFAULT").eval()
    expected = pyramid_of(classifier_free(theirs), image)
    if cls is Swin:
        expected = [F.layer_norm(x, x.shape[-1:]).permute(0, 3, 1, 2) for x in expected]
    elif cls is ConvNeXt:
        expected = [F.layer_norm(x.permute(0, 2, 3, 1), x.shape[1:2], eps=1e-6).permute(0, 3, 1, 2) for x in expected]
    for mine, other in zip(ours(image), expected, strict=True):
        torch.testing.assert_close(mine, other, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("cls", [EfficientNet, ConvNeXt, Swin])
def test_drop_path_is_a_trick_and_not_in_the_baseline(cls):
    with torch.device("meta"):
        rates = [module.p for module in cls().modules() if isinstance(module, StochasticDepth)]
    assert rates
    assert set(rates) == {0}


def test_weights_get_the_normalisation_that_they_were_trained_under():
    rgb = torch.rand(2, 3, 4, 5)
    mean, std = (torch.tensor(x).view(3, 1, 1) for x in IMAGENET)
    image = (rgb - mean) / std
    torch.testing.assert_close(torchvision_normalization("efficientnet_v2_l", "DEFAULT")(image), (rgb - 0.5) / 0.5)
    torch.testing.assert_close(Renormalize((0.1, 0.2, 0.3), (0.4, 0.5, 0.6))(image)[:, 2], (rgb[:, 2] - 0.3) / 0.6)
    assert torch.equal(torchvision_normalization("efficientnet_b0", "DEFAULT")(image), image)


@pytest.mark.parametrize("family", ["resnet", "resnext", "mobilenet_v3", "convnext", "swin"])
def test_weights_that_are_not_renormalised_expect_imagenets(family):
    names = torchvision.models.list_models(torchvision.models, include=f"{family}*")
    presets = [entry.transforms() for name in names for entry in torchvision.models.get_model_weights(name)]
    assert {(tuple(preset.mean), tuple(preset.std)) for preset in presets} == {IMAGENET}


def test_without_a_network_the_error_says_how_to_go_on(monkeypatch):
    def offline(*_, **__):
        raise URLError("no route to host")

    monkeypatch.setattr(DOWNLOAD, offline)
    message = (
        r"^mobilenet_v3_small: weights 'IMAGENET1K_V1' cannot be downloaded \(no route to host\); fetch "
        r"https://\S+\.pth elsewhere and put it at \S+/checkpoints/mobilenet_v3_small-\w+\.pth, "
        r"or go on without: weights: null$"
    )
    with pytest.raises(ConnectionError, match=message):
        MobileNetV3("small", weights="IMAGENET1K_V1")


def test_classifiers_are_left_behind():
    assert not any(isinstance(m, nn.Linear) for cls in (ResNet, MobileNetV3, EfficientNet) for m in cls().modules())
