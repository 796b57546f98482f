"""Stride traded for dilation, against torchvision's DeepLabs, timm's networks and the strided network itself."""

from functools import partial

import pytest
import timm
import torch
from torchvision.models import segmentation

from lightning_modules import backbones
from lightning_modules.backbones import EfficientNet, EfficientNetLite0, MobileNetV3, ResNet


def copy_weights(ours, theirs):
    """Both list their tensors in the order of the layers."""
    ours.load_state_dict(dict(zip(ours.state_dict(), theirs.state_dict().values(), strict=True)))


def shake(model):
    """Statistics and shifts that padding at the wrong place, or an activation too many, cannot hide behind."""
    for name, tensor in model.state_dict().items():
        if tensor.dim() == 1 and tensor.is_floating_point():
            tensor.uniform_(0.5, 1.5) if name.endswith("var") else tensor.normal_(1, 0.2)
    return model.eval().requires_grad_(requires_grad=False)


@pytest.mark.parametrize(
    ("build", "deeplab", "taps"),
    [
        (partial(ResNet, 50, output_stride=8), segmentation.deeplabv3_resnet50, {"aux": 2, "out": 3}),
        (partial(MobileNetV3, "large", output_stride=16), segmentation.deeplabv3_mobilenet_v3_large, {"out": 3}),
    ],
    ids=["ResNet", "MobileNetV3"],
)
def test_dilation_is_that_of_torchvisions_deeplab(build, deeplab, taps):
    torch.manual_seed(0)
    theirs = shake(deeplab(weights=None, weights_backbone=None, aux_loss=True).backbone)
    copy_weights(ours := build().eval(), theirs)
    image = torch.randn(1, 3, 65, 97)
    pyramid, expected = ours(image), theirs(image)
    for name, level in taps.items():
        torch.testing.assert_close(pyramid[level], expected[name], atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("stride", [8, 16, 32])
@pytest.mark.parametrize(
    ("cls", "name"),
    [(EfficientNet, "efficientnet_b0"), (EfficientNetLite0, "tf_efficientnet_lite0")],
    ids=["EfficientNet", "EfficientNetLite0"],
)
def test_dilation_is_timms(cls, name, stride):
    torch.manual_seed(0)
    theirs = shake(timm.create_model(name, features_only=True, out_indices=4, output_stride=stride))
    ours = cls(output_stride=stride).eval()
    copy_weights(ours, theirs)
    image = torch.randn(1, 3, 66, 97)
    for mine, other in zip(ours(image), theirs(image), strict=True):
        torch.testing.assert_close(mine, other, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("stride", [8, 16])
def test_a_dilated_resnet_computes_what_the_strided_one_does_and_more(stride):
    """Every second or fourth value is the strided network's (Chen et al. 2018, "DeepLab", fig. 3)."""
    torch.manual_seed(0)
    strided, dilated = shake(ResNet(18, width=0.25)), ResNet(18, width=0.25, output_stride=stride).eval()
    copy_weights(dilated, strided)
    image, step = torch.randn(1, 3, 96, 128).double(), 32 // stride
    more = dilated.double()(image)[-1]
    torch.testing.assert_close(more[..., ::step, ::step], strided.double()(image)[-1])


@pytest.mark.parametrize("name", ["ConvNeXt", "Swin"])
def test_patches_cannot_be_dilated(name):
    with pytest.raises(ValueError, match=f"^{name}: output_stride must be one of 32, got 16$"):
        getattr(backbones, name)(output_stride=16)
