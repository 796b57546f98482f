"""timm's networks through our slot against timm itself."""

import pytest
import timm
import torch

from experiments.trial import train
from lightning_modules.backbones import Timm
from lightning_modules.backbones.normalization import IMAGENET
from tests.experiments.tiny import fit, model

SMALL_SWIN = {"embed_dim": 24, "depths": (1, 1, 1, 1), "num_heads": (1, 2, 4, 8)}


def both(name, options=None, **arguments):
    torch.manual_seed(0)
    ours = Timm(name, options=options, **arguments).eval()
    theirs = timm.create_model(name, features_only=True, **{"out_indices": 4, **(options or {}), **arguments}).eval()
    theirs.load_state_dict(ours.net.state_dict())
    return ours, theirs


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("test_resnet", {}),
        ("test_resnet", {"out_indices": [1, 3]}),
        ("test_resnet", {"output_stride": 8}),
        ("test_efficientnet", {"output_stride": 16}),
        ("test_convnext", {"out_indices": 2}),
        ("test_vit", {"options": {"dynamic_img_size": True}}),
    ],
)
def test_levels_are_timms(name, arguments):
    ours, theirs = both(name, **arguments)
    image = torch.randn(2, 3, 64, 96)
    expected = theirs(image)
    assert [(x.shape[1], 64 // x.shape[2]) for x in expected] == list(ours.levels)
    for mine, other in zip(ours(image), expected, strict=True):
        torch.testing.assert_close(mine, other, atol=1e-5, rtol=1e-5)


def test_channels_come_first():
    ours, theirs = both("swin_tiny_patch4_window7_224", options={"strict_img_size": False, **SMALL_SWIN})
    image = torch.randn(1, 3, 64, 96)
    for mine, other in zip(ours(image), theirs(image), strict=True):
        torch.testing.assert_close(mine, other.permute(0, 3, 1, 2))


@pytest.mark.parametrize("name", ["test_resnet", "test_convnext", "test_efficientnet"])
@pytest.mark.parametrize("size", [(33, 65), (7, 13), (1, 1)], ids=str)
def test_maps_cover_the_whole_image(name, size):
    ours, theirs = both(name)
    image = torch.randn(1, 3, *size)
    padded = torch.zeros(1, 3, *(-(-side // 32) * 32 for side in size))
    padded[..., : size[0], : size[1]] = image
    for mine, other, (channels, stride) in zip(ours(image), theirs(padded), ours.levels, strict=True):
        assert mine.shape == (1, channels, *(-(-side // stride) for side in size))
        torch.testing.assert_close(mine, other[..., : mine.shape[2], : mine.shape[3]])


def test_every_parameter_of_a_vision_transformer_learns():
    model = Timm("test_vit", options={"dynamic_img_size": True})
    sum(x.square().mean() for x in model(torch.rand(2, 3, 64, 64))).backward()
    assert [name for name, p in model.named_parameters() if p.grad is None] == []


def test_weights_from_a_file_get_their_normalisation(tmp_path):
    torch.manual_seed(0)
    theirs = timm.create_model("test_resnet").eval()
    torch.save(theirs.state_dict(), tmp_path / "weights.pth")
    ours = Timm(
        "test_resnet", pretrained=True, options={"pretrained_cfg_overlay": {"file": str(tmp_path / "weights.pth")}}
    )
    rgb = torch.rand(1, 3, 64, 64)
    mean, std = (torch.tensor(x).view(3, 1, 1) for x in IMAGENET)
    deepest = ours.eval()((rgb - mean) / std)[-1]
    torch.testing.assert_close(deepest, theirs.forward_features((rgb - 0.5) / 0.5), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"name": "resnet_18"}, "timm has no model 'resnet_18'; the nearest are .*resnet18"),
        (
            {"name": "test_resnet.r161_in1k"},
            r"timm has no model 'test_resnet.r161_in1k'; the nearest are test_resnet.r160_in1k",
        ),
        (
            {"name": "test_resnet", "out_indices": [9]},
            r"Timm: timm cannot make test_resnet with {'out_indices': \[9\]}",
        ),
        ({"name": "levit_128s"}, r"Timm: timm cannot make levit_128s .*: last-n \(4\) is out of range \(1 to 3\)"),
        (
            {"name": "test_vit", "output_stride": 8},
            "Timm: timm cannot make test_vit with .*'output_stride': 8}: .*output_stride",
        ),
        ({"name": "test_vit", "options": {"patches": 8}}, "Timm: timm cannot make test_vit with .*: .*patches"),
        ({"name": "crossvit_9_240"}, r"Timm: every stride must be a multiple of the finer one, got \[12, 17, 17, 17\]"),
    ],
)
def test_what_timm_cannot_do_is_said_in_one_line(arguments, message):
    with pytest.raises(ValueError, match=f"^{message}[^\n]*$"):
        Timm(**arguments)


def test_a_network_without_features_is_refused(monkeypatch):
    def none(*_, **__):
        raise RuntimeError("features_only not implemented for this model.")

    monkeypatch.setattr(timm, "create_model", none)
    with pytest.raises(ValueError, match=r"^Timm: timm cannot make test_resnet with .*: features_only not implemented"):
        Timm("test_resnet")


def test_maps_that_do_not_cover_the_image_are_refused():
    model = Timm("inception_v3", out_indices=[0, 1])
    with pytest.raises(ValueError, match=r"Timm: the network gives a map of .* where its stride promises"):
        model(torch.rand(1, 3, 64, 64))


@pytest.mark.parametrize(
    ("name", "options", "helps"),
    [
        ("vit_tiny_patch16_224", {"embed_dim": 24, "depth": 4}, {"dynamic_img_size": True}),
        ("vit_tiny_patch16_224", {"embed_dim": 24, "depth": 4}, {"img_size": [32, 32]}),
        ("swin_tiny_patch4_window7_224", SMALL_SWIN, {"strict_img_size": False}),
        ("inception_v3", {}, None),
    ],
)
def test_an_image_of_the_wrong_size_is_one_line(tmp_path, capsys, name, options, helps):
    def run(**more):
        arguments = {"name": name, "options": {**options, **more}}
        return train.main(fit(tmp_path, model(backbone={"class_path": "Timm", "init_args": arguments})))

    assert run() == 2
    error = capsys.readouterr().err.splitlines()[-1]
    assert error.startswith(f"trickbench: error: Timm: {name} cannot read an image of 32 × 32 (")
    assert "img_size: [height, width], dynamic_img_size: true (ViT) or strict_img_size: false (Swin)" in error
    assert helps is None or run(**helps) == 0


def test_running_out_of_memory_is_no_wrong_size(monkeypatch):
    backbone = Timm("test_resnet")

    def exhausted(_):
        raise torch.OutOfMemoryError("see max_split_size_mb")

    monkeypatch.setattr(backbone.net, "forward", exhausted)
    with pytest.raises(torch.OutOfMemoryError):
        backbone(torch.zeros(1, 3, 32, 32))


def test_without_a_network_the_error_says_how_to_go_on(monkeypatch):
    def offline(*_, **__):
        raise FileNotFoundError("cannot find the requested files in the local cache")

    monkeypatch.setattr(timm, "create_model", offline)
    message = (
        r"^Timm: the weights of test_resnet cannot be had \(cannot find .* cache\); where there is a network, "
        r"`hf download timm/test_resnet.r160_in1k` brings them into a cache that HF_HOME may name here; or go on "
        r"without: pretrained: false$"
    )
    with pytest.raises(ConnectionError, match=message):
        Timm("test_resnet", pretrained=True)
