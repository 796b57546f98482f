"""The contract of every rewrite, on thin networks."""

import copy
from collections.abc import Callable
from functools import partial
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn

from lightning_modules.backbones import Backbone, Tiny
from lightning_modules.heads import FCNHead, UPerHead
from lightning_modules.networks import Features, SegmentationNetwork
from lightning_modules.pairing import build_paired, stream
from lightning_modules.pyramid import FPA, FPN
from lightning_modules.rewrites import Rewrite

Make: TypeAlias = Callable[[], Rewrite]
Build: TypeAlias = Callable[[], nn.Module]
TINY = partial(Tiny, channels=4, stages=2)


def network(backbone: Callable[[], Backbone] = TINY, head: Any = FCNHead, **blocks: Any) -> SegmentationNetwork:
    """A thin network of three classes."""
    features = Features(backbone, blocks.get("context"), blocks.get("fusion"))
    return SegmentationNetwork(features, partial(head, hidden=8), num_classes=3)


def tiny() -> nn.Module:
    """A network of convolutions, norms and a fusion, as a seed builds it."""
    return build_paired(partial(network, fusion=partial(FPN, channels=8), head=UPerHead), seed=0)


def rewritten(make: Make, build: Build = tiny, seed: int = 0) -> nn.Module:
    """The network, changed as a task does it."""
    rewrite = make()
    with stream(seed, type(rewrite).__name__):
        return rewrite(build())


def images(size: int = 64) -> Tensor:
    """Two of noise."""
    return torch.randn(2, 3, size, size, generator=torch.Generator().manual_seed(0))


def weights(model: nn.Module) -> dict[str, Tensor]:
    """All but biases and scales, by name."""
    return {name: p.detach() for name, p in model.named_parameters() if p.dim() > 1}


def are_same(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    """Whether two sets of weights are one, to the bit."""
    return one.keys() == other.keys() and all(torch.equal(one[key], other[key]) for key in one)


def the_network_trains(make: Make, build: Build = tiny) -> None:
    """What it leaves to be trained gets finite gradients, and a step changes it."""
    model = rewritten(make, build).train()
    trained = {name: p for name, p in model.named_parameters() if p.requires_grad}
    before = {name: p.detach().clone() for name, p in trained.items()}
    model(images()).square().mean().backward()
    without = [name for name, p in trained.items() if p.grad is None or not p.grad.isfinite().all()]
    assert not without, f"no finite gradient for {', '.join(without)}"
    torch.optim.SGD(trained.values(), lr=1e-3).step()
    assert not are_same(before, {name: p.detach() for name, p in trained.items()}), "a step changes no parameter"
    assert model(images()).isfinite().all(), "after a step its outputs are not finite"


def the_seed_decides_what_is_drawn(make: Make, build: Build = tiny) -> None:
    """With one seed its weights are the same, whatever was drawn before; another seed alters only what it draws."""
    torch.manual_seed(1)
    first = weights(rewritten(make, build))
    torch.manual_seed(2)
    assert are_same(first, weights(rewritten(make, build))), "its weights hang on what was drawn before"
    before = weights(build())
    kept = all(key in before and torch.equal(weight, before[key]) for key, weight in first.items())
    drawn = not are_same(first, weights(rewritten(make, build, seed=1)))
    assert kept != drawn, "weights of another seed are the same" if not kept else "another seed changes what it keeps"


def a_checkpoint_fits_another_build(make: Make) -> None:
    """The weights of one network fit into another that was rewritten alike."""
    one, other = rewritten(make, seed=0), rewritten(make, seed=1)
    one.train()(images())  # moves the statistics that there are
    other.load_state_dict(one.state_dict())
    assert torch.equal(one.eval()(images()), other.eval()(images())), "its outputs hang on more than its state"


def a_copy_stands_alone(make: Make) -> None:
    """A copy of the network shares nothing with it."""
    model = rewritten(make).eval()
    twin = copy.deepcopy(model)
    model.train()
    assert torch.equal(twin(images()), twin(images())), "a copy in eval mode draws at random"
    assert torch.equal(twin(images()), model.eval()(images())), "a copy has other outputs"
    assert not {id(m) for m in model.modules()} & {id(m) for m in twin.modules()}, "a copy shares modules"


def it_exports(make: Make) -> None:
    """`torch.export` takes the network."""
    model = rewritten(make).eval()
    program = torch.export.export(model, (images(),))
    torch.testing.assert_close(program.module()(images()), model(images()), rtol=1e-4, atol=1e-5)


def layers_elsewhere_shift_nothing(make: Make) -> None:
    """What it draws for a layer is the same whatever other layers there are: else arms are not paired."""
    blocks: tuple[dict[str, Any], ...] = ({}, {"context": partial(FPA, global_pooling=False)})
    builds = [lambda block=block: build_paired(partial(network, **block), seed=0) for block in blocks]
    less, more = (rewritten(make, build).state_dict() for build in builds)
    shared = [key for key in less if key in more and less[key].shape == more[key].shape]
    moved = [key for key in shared if not torch.equal(less[key], more[key])]
    assert not moved, f"drawn otherwise beside another block: {', '.join(moved)}"


CONTRACT: tuple[Callable[[Make], None], ...] = (
    the_network_trains,
    the_seed_decides_what_is_drawn,
    a_checkpoint_fits_another_build,
    a_copy_stands_alone,
    it_exports,
    layers_elsewhere_shift_nothing,
)
