"""The simple feature pyramid against its formula, on timm's own transformer."""

import pytest
import timm
import torch
import torch.nn.functional as F
from torch import Tensor

from lightning_modules.backbones import SimplePyramid


def reference(deepest: Tensor, weights: dict[str, Tensor]) -> list[Tensor]:
    """Li et al. 2022, fig. 2 (b) and sec. 3, as functions: what becomes of the last map of the transformer."""
    w = {name.removeprefix("scales."): value for name, value in weights.items() if name.startswith("scales.")}

    def double(x: Tensor, name: str) -> Tensor:
        return F.conv_transpose2d(x, w[f"{name}.weight"], w[f"{name}.bias"], stride=2)

    def norm(x: Tensor, name: str) -> Tensor:
        centred = x - x.mean(1, keepdim=True)
        scaled = centred / (centred.square().mean(1, keepdim=True) + 1e-6).sqrt()
        return scaled * w[f"{name}.weight"][:, None, None] + w[f"{name}.bias"][:, None, None]

    def smooth(x: Tensor, level: int, first: int) -> Tensor:
        x = norm(F.conv2d(x, w[f"{level}.{first}.weight"]), f"{level}.{first + 1}")
        return norm(F.conv2d(x, w[f"{level}.{first + 2}.weight"], padding=1), f"{level}.{first + 3}")

    twice = double(F.gelu(norm(double(deepest, "0.0"), "0.1")), "0.3")
    return [
        smooth(twice, 0, 4),
        smooth(double(deepest, "1.0"), 1, 1),
        smooth(deepest, 2, 0),
        smooth(F.max_pool2d(deepest, 2), 3, 1),
    ]


def test_equals_the_papers_formula_on_timms_last_map() -> None:
    torch.manual_seed(0)
    ours = SimplePyramid("test_vit", channels=8).eval()
    theirs = timm.create_model("test_vit", features_only=True, out_indices=1, dynamic_img_size=True).eval()
    theirs.load_state_dict(ours.plain.net.state_dict())
    image = torch.randn(2, 3, 64, 96)
    expected = reference(theirs(image)[0], ours.state_dict())
    for mine, other in zip(ours(image), expected, strict=True):
        torch.testing.assert_close(mine, other, atol=1e-5, rtol=1e-5)


def test_a_patch_that_cannot_be_divided_is_refused_and_another_taken() -> None:
    arguments = {"embed_dim": 24, "depth": 1, "num_heads": 2}
    with pytest.raises(ValueError, match="multiple of 4 pixels, got 14 of vit_small_patch14_dinov2"):
        SimplePyramid("vit_small_patch14_dinov2", options=arguments)
    ours = SimplePyramid("vit_small_patch14_dinov2", channels=8, options={**arguments, "patch_size": 16})
    assert [level.stride for level in ours.levels] == [4, 8, 16, 32]


def test_what_takes_no_size_of_its_own_is_refused_in_a_line() -> None:
    with pytest.raises(ValueError, match=r"timm cannot make test_resnet with .*dynamic_img_size"):
        SimplePyramid("test_resnet")
