import torch
from torch import Tensor, nn

from lightning_modules.layers import Level
from lightning_modules.pyramid import OCR

X = torch.randn(2, 12, 7, 5, generator=torch.Generator().manual_seed(0))


class Reference(nn.Module):
    """OCRHead of mmsegmentation (without its last classifier), written again from its formula, pixel by pixel."""

    def __init__(self, inputs: int, regions: int, channels: int, keys: int) -> None:
        super().__init__()
        self.coarse = nn.Sequential(*unit(inputs, channels, 1), nn.Conv2d(channels, regions, 1))
        self.bottleneck = unit(inputs, channels, 3)
        self.query = nn.Sequential(*unit(channels, keys, 1), *unit(keys, keys, 1))
        self.key = nn.Sequential(*unit(channels, keys, 1), *unit(keys, keys, 1))
        self.value, self.out = unit(channels, keys, 1), unit(keys, channels, 1)
        self.fuse = unit(2 * channels, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        feats = self.bottleneck(x)
        shares = torch.exp(self.coarse(x))
        shares = shares / shares.sum((2, 3), keepdim=True)
        objects = torch.einsum("nkhw,nchw->nck", shares, feats)[..., None]
        query, key, value = self.query(feats), self.key(objects)[..., 0], self.value(objects)[..., 0]
        similar = torch.einsum("nchw,nck->nkhw", query, key) / key.shape[1] ** 0.5
        weights = torch.exp(similar) / torch.exp(similar).sum(1, keepdim=True)
        return self.fuse(torch.cat([self.out(torch.einsum("nkhw,nck->nchw", weights, value)), feats], 1))


def unit(inputs: int, outputs: int, kernel: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, padding="same", bias=False), nn.BatchNorm2d(outputs), nn.ReLU()
    )


def test_equals_mmsegmentations_formula() -> None:
    theirs = Reference(12, regions=4, channels=8, keys=6)
    ours = OCR([Level(12, 8)], regions=4, channels=8, key_channels=6)
    ours.load_state_dict(dict(zip(ours.state_dict(), theirs.state_dict().values(), strict=True)))
    for training in (True, False):
        torch.testing.assert_close(ours.train(training)([X])[0], theirs.train(training)(X), rtol=1e-5, atol=1e-5)


def test_its_weights_are_those_of_ocrnet() -> None:
    # mmsegmentation, ocrnet_r101-d8: 3 × 3 to 512 channels, keys of 256, two convolutions for query and
    # key, one for the value; without the classifier.
    ours = OCR([Level(2048, 8)], regions=19)
    convolutions = [p.numel() for p in ours.parameters() if p.ndim == 4]
    expected = [2048 * 512, 512 * 19, 2048 * 512 * 9, 512 * 256, 256 * 256, 512 * 256, 256 * 256, 512 * 256]
    assert convolutions == [*expected, 256 * 512, 1024 * 512]
