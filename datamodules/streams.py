"""Random streams that are pure functions of a key, so that nothing a model draws can shift them."""

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch


def global_seed() -> int:
    """The seed of `seed_everything`, or torch's own when nobody called it."""
    return int(os.environ.get("PL_GLOBAL_SEED", torch.initial_seed()))


def stream(seed: int, *key: int) -> np.random.SeedSequence:
    """The random stream that belongs to `key` under `seed`; different keys give independent streams."""
    return np.random.SeedSequence(seed, spawn_key=key)


def draw_from(source: np.random.SeedSequence) -> None:
    """From now on torch (CPU), numpy and `random` draw from `source`."""
    seed = int(source.generate_state(1, np.uint64)[0])
    torch.default_generator.manual_seed(seed)  # torch.manual_seed would reseed the GPUs too
    random.seed(seed)
    np.random.set_bit_generator(np.random.PCG64(source))  # type: ignore[attr-defined]


@contextmanager
def untouched() -> Iterator[None]:
    """After whatever is drawn or seeded inside, torch (CPU), numpy and `random` go on as if nothing had happened."""
    python, bits = random.getstate(), np.random.get_bit_generator()  # type: ignore[attr-defined]
    try:
        with torch.random.fork_rng(devices=[]):
            yield
    finally:
        random.setstate(python)
        np.random.set_bit_generator(bits)  # type: ignore[attr-defined]
