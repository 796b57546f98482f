import os
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def no_seed_left() -> Iterator[None]:
    """No test finds the seed of another."""
    os.environ.pop("PL_GLOBAL_SEED", None)
    yield
    os.environ.pop("PL_GLOBAL_SEED", None)
