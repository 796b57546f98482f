"""Random numbers that a trick cannot shift.

Two arms can be paired on a seed only if nothing random differs but for the trick. One global stream does not do:
a trick that adds one layer moves every number that is drawn after it. So each draw has a stream of its own, named
by what it is for.
"""

import hashlib
import math
import os
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

MEMORY = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")  # bytes of this machine
Network = TypeVar("Network", bound=nn.Module)


def global_seed() -> int:
    """The seed that `seed_everything` was given, else the one that torch started with."""
    return int(os.environ.get("PL_GLOBAL_SEED", torch.initial_seed()))


def key(*parts: object) -> int:
    """A 63-bit seed for the stream that these parts name."""
    digest = hashlib.sha256("/".join(map(str, parts)).encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


@contextmanager
def stream(*parts: object) -> Iterator[None]:
    """Draw CPU random numbers from the stream that these parts name; the global state is untouched."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(key(*parts))
        yield


def seed_generators(device: torch.device, seed: int) -> None:
    """Seed what the CPU and a device draw from.

    torch.manual_seed does so too, but looks for devices of all kinds, and writes down where it was called for those
    that are not there: as long as a layer of a small network.
    """
    if device.type not in ("cpu", "cuda"):
        torch.manual_seed(seed)
        return
    torch.default_generator.manual_seed(seed)
    if device.type == "cuda":
        torch.cuda.default_generators[device.index or 0].manual_seed(seed)


def build_paired(build: Callable[[], Network], seed: int) -> Network:
    """Build a network so that each parameter's initial value depends on the seed and on its name alone.

    The network is built twice: once to learn which parameter each random draw ends up in, once more with each
    draw made from the stream of that parameter's name. So every initialisation, a library's or a user's, is kept
    as it is written, and two networks agree in every layer of the same name and shapes. An initialisation may look at
    more than a parameter's shape: torch scales a bias by its layer's inputs, so where a trick changes their number the
    bias is the same draw on another scale, as it would be if the trick's network were built alone.

    Args:
        build: Makes the network; must make the same draws every time.
        seed: Of the trial.

    Raises:
        ValueError: If one parameter alone takes more than half of the machine's memory.
    """
    with stream(seed, "build"), _Recorder() as recorder:
        names = _names(build(), recorder.draws)
    with stream(seed, "build"), _Replayer({i: key(seed, name) for i, name in names.items()}):
        return build()


class _Recorder(TorchFunctionMode):
    """Notes which calls draw random numbers, and into which tensor."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = -1
        self.draws: dict[int, Tensor] = {}

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.calls += 1
        if func is torch.empty and args:
            _refuse_huge(args[0])
        before = torch.default_generator.get_state()
        result = func(*args, **(kwargs or {}))
        if not torch.equal(before, torch.default_generator.get_state()):
            self.draws[self.calls] = result if isinstance(result, Tensor) else args[0]
        return result


def _refuse_huge(shape: Any) -> None:
    """Refuse a parameter before it is filled: that would take the machine, or end the process without a word."""
    size = 4 * math.prod(shape) if isinstance(shape, tuple) else 0
    if size > MEMORY / 2:
        raise ValueError(
            f"a parameter of shape {tuple(shape)} takes {size / 2**30:.0f} GiB, which does not fit into memory"
        )


class _Replayer(TorchFunctionMode):
    """Seeds the calls that draw random numbers, each with its own seed."""

    def __init__(self, seeds: dict[int, int]) -> None:
        super().__init__()
        self.calls = -1
        self.seeds = seeds

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.calls += 1
        if self.calls in self.seeds:
            torch.default_generator.manual_seed(self.seeds[self.calls])
        return func(*args, **(kwargs or {}))


def _names(network: nn.Module, draws: dict[int, Tensor]) -> dict[int, str]:
    """Name each draw by the parameter that it filled and by how many came before it there."""
    tensors = [*network.named_parameters(), *network.named_buffers()]
    owner = {tensor.untyped_storage().data_ptr(): name for name, tensor in tensors}
    seen: dict[str, int] = defaultdict(int)
    names = {}
    for call, tensor in draws.items():
        name = owner.get(tensor.untyped_storage().data_ptr(), "")
        names[call] = f"{name}#{seen[name]}"
        seen[name] += 1
    return names
