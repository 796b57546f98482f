from typing import Literal

import pytest
import torch
import torch.nn.functional as F
from segmentation_models_pytorch.decoders.pan.decoder import GAUBlock
from torch import Tensor, nn

from lightning_modules.layers import Level
from lightning_modules.pyramid import GAU

LEVELS = [Level(4, 8), Level(6, 16)]


def make_pyramid() -> list[torch.Tensor]:
    torch.manual_seed(0)
    return [torch.randn(2, 4, 9, 13), torch.randn(2, 6, 5, 7)]


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("gate", ["sigmoid", "relu"])
def test_equals_smp_and_smp_with_the_papers_relu(gate: Literal["sigmoid", "relu"], training: bool) -> None:
    theirs = GAUBlock(4, 6).train(training)
    theirs.align_corners = False  # as everywhere here
    if gate == "relu":
        theirs.conv1[2] = nn.ReLU()  # "1 × 1 convolution with batch normalization and ReLU"; smp takes a sigmoid
    ours = GAU(LEVELS, 6, gate=gate).train(training)
    pairs = [(ours.reduce[0], theirs.conv2), (list(ours.attend[0])[1:], theirs.conv1[1])]
    for (conv, norm, _), their in pairs:
        nn.init.zeros_(their.conv.bias)  # the norm behind it would take it away again; ours has none
        conv.weight.data.copy_(their.conv.weight)
        norm.load_state_dict(their.bn.state_dict())
    low, high = make_pyramid()
    merged = ours([low, high])
    torch.testing.assert_close(merged[0], theirs(low, high), rtol=0, atol=1e-5)
    assert merged[1] is high  # of `channels` channels already


def by_hand(block: GAU, low: Tensor, high: Tensor) -> Tensor:
    """As the PyTorch code of J. Wang has it, but for its transposed convolution: norms, and ReLUs at two places."""

    def normed(x: Tensor, conv: nn.Conv2d, norm: nn.BatchNorm2d, padding: int) -> Tensor:
        x = F.conv2d(x, conv.weight, padding=padding)
        return F.batch_norm(x, None, None, norm.weight, norm.bias, training=True)

    _, *of_gate, _ = block.attend[0]
    fine = normed(low, *list(block.reduce[0])[:2], padding=1)
    gate = normed(high.mean((2, 3), keepdim=True), *of_gate, padding=0).clamp(min=0)
    return (F.interpolate(high, size=low.shape[2:], mode="bilinear") + fine * gate).clamp(min=0)


def test_equals_the_code_with_the_relu_after_the_sum() -> None:
    low, high = make_pyramid()
    block = GAU(LEVELS, 6, activation="sum")
    for norm in (m for m in block.modules() if isinstance(m, nn.BatchNorm2d)):
        nn.init.uniform_(norm.bias, -1, 1)
    merged = block([low, high])[0]
    torch.testing.assert_close(merged, by_hand(block, low, high), rtol=0, atol=1e-5)
    assert merged.min() == 0


def test_a_sigmoid_keeps_the_weights_of_channels_below_1() -> None:
    _, high = make_pyramid()
    relu, sigmoid = (GAU(LEVELS, 6, gate=gate).attend[0](high) for gate in ("relu", "sigmoid"))
    assert relu.min() == 0
    assert 0 < sigmoid.min() < sigmoid.max() < 1


@pytest.mark.parametrize("argument", ["gate", "activation"])
def test_unknown_forms_are_refused(argument: str) -> None:
    with pytest.raises(ValueError, match=f"^GAU: {argument} must be one of .*, got 'tanh'$"):
        GAU(LEVELS, 6, **{argument: "tanh"})


def test_without_pooling_the_low_level_is_only_added() -> None:
    low, high = make_pyramid()
    block = GAU(LEVELS, 6, global_pooling=False)
    up = F.interpolate(high, size=(9, 13), mode="bilinear")
    torch.testing.assert_close(block([low, high])[0], up + block.reduce[0](low))


def test_batch_1_is_refused_unless_nothing_is_pooled() -> None:
    maps = [x[:1] for x in make_pyramid()]
    with pytest.raises(ValueError, match="Expected more than 1 value per channel"):
        GAU(LEVELS, 6)(maps)
    assert all(x.isfinite().all() for x in GAU(LEVELS, 6, global_pooling=False)(maps))
