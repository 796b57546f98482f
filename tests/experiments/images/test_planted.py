"""A cause that was planted is the part that stands out; where none was, none does."""

import numpy as np
import pytest

from experiments.images.parts import Part, part_scores
from experiments.judge.parts import gains, named
from tests.experiments.images.planted import Errs, tables

PLANTED: dict[str, tuple[Errs, Part | None]] = {
    "small": (Errs(misses_small=0.2), ("size", "small")),
    "rare": (Errs(misses_rare=0.2), ("class", "sign")),
    "boundaries": (Errs(blurs=0.25), ("place", "boundaries")),
    "none": (Errs(), None),
}
SEEDS = 5


@pytest.fixture(scope="module")
def effects() -> dict[str, dict[Part, np.ndarray]]:
    """Each arm's paired differences by part."""
    baseline = [part_scores(tables(Errs(), "baseline", seed)) for seed in range(SEEDS)]
    found = {}
    for arm, (errs, _) in PLANTED.items():
        own = [part_scores(tables(errs, arm, seed)) for seed in range(SEEDS)]
        found[arm] = {p: np.array([o[p] - b[p] for o, b in zip(own, baseline, strict=True)]) for p in own[0]}
    return found


@pytest.mark.parametrize("arm", PLANTED)
def test_what_was_planted_is_named(effects, arm):
    found = gains(effects)[arm]
    assert named({part: gain for part, gain in found.items() if part != ("place", "everywhere")}) == PLANTED[arm][1]


def test_a_gain_everywhere_has_no_part(effects):
    alike = {part: np.array([0.05, 0.06, 0.04, 0.05, 0.05]) for part in effects["none"]}
    found = gains({"alike": alike})["alike"]
    assert all(gain.low > 0 for gain in found.values())
    assert named(found) is None
