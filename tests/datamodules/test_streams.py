import random
from contextlib import suppress

import numpy as np
import torch

from datamodules.streams import draw_from, global_seed, stream, untouched


def draw() -> tuple[float, float, float]:
    return float(torch.rand(())), float(np.random.rand()), random.random()


def test_a_stream_depends_on_its_key_and_on_nothing_else():
    def drawn(seed: int, *key: int) -> tuple[float, float, float]:
        with untouched():
            draw_from(stream(seed, *key))
            return draw()

    expected = drawn(3, 1, 2)
    draw(), torch.manual_seed(9)
    assert drawn(3, 1, 2) == expected
    # (3, 0) and (3, 0, 0) too: numpy pads plain entropy with zeros, spawn keys it does not
    assert len({drawn(3, 1, 2), drawn(3, 2, 1), drawn(4, 1, 2), drawn(3, 1), drawn(3, 0), drawn(3, 0, 0)}) == 6


def test_drawing_leaves_the_global_state_untouched_even_after_an_error():
    torch.manual_seed(0), np.random.seed(0), random.seed(0)
    expected = [draw() for _ in range(3)]
    torch.manual_seed(0), np.random.seed(0), random.seed(0)
    first = draw()
    with untouched():
        draw_from(stream(1))
        draw()
    second = draw()
    with suppress(KeyError), untouched():
        draw_from(stream(2))
        draw()
        raise KeyError
    assert [first, second, draw()] == expected


def test_the_seed_is_seed_everythings_or_else_torchs(monkeypatch):
    torch.manual_seed(17)
    assert global_seed() == 17
    monkeypatch.setenv("PL_GLOBAL_SEED", "5")
    assert global_seed() == 5
