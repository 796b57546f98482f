"""An effect under one condition minus the same effect under another, seed by seed: an interaction."""

from experiments.judge.pairs import Pairs


def difference(one: Pairs, other: Pairs) -> Pairs:
    """The differences of differences over the seeds of both, as pairs that are judged like any others.

    (arm₁ − baseline₁) − (arm₂ − baseline₂) = (arm₁ + baseline₂) − (baseline₁ + arm₂): a run stands on the side on which
    it counts. So does one that diverged: a trick that keeps runs from diverging is not unstable.

    Args:
        one: The effect that counts.
        other: The effect that is taken from it.
    """
    seeds = {*one.seeds} & {*other.seeds}
    first, second = one.over(seeds), other.over(seeds)
    return Pairs(
        first.seeds,
        first.arm + second.baseline,
        first.baseline + second.arm,
        first.arm_diverged | second.baseline_diverged,
        first.baseline_diverged | second.arm_diverged,
    )
