"""Where a norm is left with one value to normalise, training ends in one line that says what helps."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from experiments.trial import train
from lightning_modules import Segmentation
from lightning_modules.backbones import Tiny
from lightning_modules.heads import RetinaHead
from lightning_modules.layers import Level
from lightning_modules.losses import CrossEntropy
from lightning_modules.optim import Warmup
from lightning_modules.pyramid import ASPP, FPA, GAU, PPM, BiFPN, PyramidBlock
from lightning_modules.rewrites import FrozenBatchNorm, GroupNorm, InstanceNorm, LayerNorm, Rewrite, SyncBatchNorm
from tests.experiments.tiny import fit, model
from tests.lightning_modules.detectors import detection


class Squeeze(PyramidBlock):
    """A block as CONTRIBUTING advises to write one: plain torch, no layer of ours."""

    def __init__(self, levels: Sequence[Level]) -> None:
        super().__init__()
        channels = levels[-1].channels
        self.levels = tuple(levels)
        self.branch = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(channels, channels, 1), nn.BatchNorm2d(channels))

    def forward(self, pyramid: list[Tensor]) -> list[Tensor]:
        return [*pyramid[:-1], pyramid[-1] + self.branch(pyramid[-1])]


SGD = partial(torch.optim.SGD, lr=0.01)


def segmentation(**slots: Any) -> Segmentation:
    backbone = partial(Tiny, channels=4)
    return Segmentation(**{"num_classes": 3, "backbone": backbone, "loss": CrossEntropy(), "optimizer": SGD,
                           "schedule": Warmup, **slots})  # fmt: skip


def image(batch: int, size: int = 64) -> Tensor:
    return torch.randn(batch, 3, size, size)


ONE_VALUE = r"^{}: a norm got one value to normalise, in a map of \(\[{}\]\); use larger images, a larger batch[^\n]*$"


@pytest.mark.parametrize(
    ("make", "batch", "map"),
    [
        (partial(segmentation, context=PPM), 1, "1, 8, 1, 1"),
        (partial(segmentation, context=ASPP), 1, "1, 256, 1, 1"),
        (partial(segmentation, context=FPA), 1, "1, 1, 1, 1"),
        (partial(segmentation, fusion=partial(GAU, channels=6)), 1, "1, 6, 1, 1"),
        (partial(segmentation, context=PPM, rewrites=[SyncBatchNorm()]), 1, "1, 8, 1, 1"),
        (
            partial(segmentation, backbone=partial(Tiny, channels=4, stages=5), rewrites=[InstanceNorm()]),
            2,
            "2, 128, 1, 1",
        ),
    ],
)
def test_one_value_is_named_with_what_helps(make: Any, batch: int, map: str) -> None:
    with pytest.raises(ValueError, match=ONE_VALUE.format("Segmentation", map)):
        make().train()(image(batch))


def test_a_detector_on_a_level_of_one_pixel_too() -> None:
    fusion = partial(BiFPN, channels=8, extra_levels=2)  # of Tiny's strides 4, 8 and 16: the last is 64
    task = detection(RetinaHead, fusion=fusion)
    with pytest.raises(ValueError, match=ONE_VALUE.format("Detection", "1, 8, 1, 1")):
        task.train()(image(1))
    task(image(2))


@pytest.mark.parametrize("rewrite", [GroupNorm(2), LayerNorm(), FrozenBatchNorm(["backbone", "context", "head"])])
def test_other_norms_train_on_one_image(rewrite: Rewrite) -> None:
    assert segmentation(context=PPM, rewrites=[rewrite]).train()(image(1)).isfinite().all()


def test_other_errors_stay_what_they_are() -> None:
    with pytest.raises(RuntimeError, match=r"expected input.*to have 3 channels"):
        segmentation()(image(2)[:, :2])


def test_it_is_one_line_on_the_command_line(tmp_path: Path, capsys: Any) -> None:
    layers = model(context={"class_path": "PPM"}), {"data": {"init_args": {"batch_size": 1}}}
    assert train.main(fit(tmp_path, *layers)) == 2
    assert capsys.readouterr().err.splitlines()[-1].startswith("trickbench: error: Segmentation: a norm got one value")


@pytest.mark.parametrize("norm", ["InstanceNorm", "GroupNorm"])
def test_a_users_own_block_is_refused_by_the_command_line_too(norm: str, tmp_path: Path, capsys: Any) -> None:
    arguments = {"groups": 1, "per_group": True} if norm == "GroupNorm" else {}
    layer = model(
        context={"class_path": f"{__name__}.Squeeze"}, rewrites=[{"class_path": norm, "init_args": arguments}]
    )
    assert train.main(fit(tmp_path, layer)) == 2
    assert "got one value to normalise, in a map of ([4, 16, 1, 1])" in capsys.readouterr().err.splitlines()[-1]
    assert not (tmp_path / "result.json").exists()
