"""Steps on a GPU: whole networks beside their peers', and tricks that promise time.

By the clock. Networks on ResNet-18, 8 images of 512² in float32, where convolutions may use TF32 as PyTorch has it.
"""

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from functools import partial
from typing import Any

import torch
from torch import nn

from lightning_modules.rewrites import ChannelsLast
from tests.bench import device, networks
from tests.bench.networks import Step
from tests.bench.row import Row, in_turn

SIZE, IMAGES, STEPS, ROUNDS = 512, 8, 5, 15
machine = device.machine


def rows() -> Iterator[Row]:
    """Seconds and the GPU's memory of a step without the optimizer, as `networks` has it; then of whole steps."""
    for what, ours, theirs in networks.steps(SIZE, IMAGES, "cuda"):
        yield from _beside(what, ours, theirs)
    plain = _whole_step()
    for what, changed in TRICKS.items():
        yield from _beside(f"DeepLabV3+ and AdamW, {what} beside without", changed(), plain)


def _beside(what: str, ours: Step, theirs: Step) -> Iterator[Row]:
    seconds = in_turn(partial(_steps, ours), partial(_steps, theirs), rounds=ROUNDS + 1, now=device.now)
    yield Row(f"{what} (s)", *([taken / STEPS for taken in side[1:]] for side in seconds))
    yield Row(f"{what}, peak (MiB)", [_peak(ours)], [_peak(theirs)])


def _steps(step: Step) -> None:
    for _ in range(STEPS):
        step()


def _peak(step: Step) -> float:
    """The most MiB of tensors that a step holds beyond those that were there before it."""
    before = torch.cuda.memory_allocated()
    torch.cuda.reset_peak_memory_stats()
    step()
    return (torch.cuda.max_memory_allocated() - before) / 2**20


def _whole_step(rewrite: Callable[[nn.Module], nn.Module] | None = None, half: bool = False, **adamw: Any) -> Step:
    network = networks.SEGMENTATION["DeepLabV3+, smp"]()[0].cuda()
    network = rewrite(network) if rewrite else network
    optimizer = torch.optim.AdamW(network.parameters(), **adamw)
    image = torch.randn(IMAGES, 3, SIZE, SIZE, device="cuda")
    mask = torch.randint(networks.CLASSES, (IMAGES, SIZE, SIZE), device="cuda")

    def step() -> None:
        with torch.autocast("cuda", torch.bfloat16) if half else nullcontext():
            loss = nn.functional.cross_entropy(network(image), mask)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return step


TRICKS: dict[str, Callable[[], Step]] = {
    "channels_last": partial(_whole_step, ChannelsLast()),
    "bf16": partial(_whole_step, half=True),
    "bf16 and channels_last": partial(_whole_step, ChannelsLast(), half=True),
    "fused": partial(_whole_step, fused=True),
}
