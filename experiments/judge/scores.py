"""The scores that a study is judged by: refused, or completed where a run diverged."""

import math
from collections.abc import Mapping


def refuse_study(scores: Mapping[str, Mapping[int, float]], baseline: str, sesoi: float) -> None:
    """Refuse what no study can be judged by.

    Raises:
        ValueError: for an SESOI that is not positive, or an unknown baseline.
    """
    if not 0 < sesoi < math.inf:
        raise ValueError(f"the smallest effect of interest must be positive and finite, got {sesoi:g}")
    if baseline not in scores:
        raise ValueError(f"no arm named {baseline!r} to compare with; the arms are {', '.join(scores)}")


def failure_score(
    scores: Mapping[str, Mapping[int, float]], higher_is_better: bool, failure_value: float | None
) -> float:
    """What a diverged run scores: the registered value, else 0, the worst of a higher-is-better metric.

    Raises:
        ValueError: if the value is not finite, or a lower-is-better run diverged and none was registered.
    """
    if failure_value is not None and not math.isfinite(failure_value):
        raise ValueError(f"the failure value must be a finite number, got {failure_value}")
    diverged = [arm for arm, runs in scores.items() if not all(map(math.isfinite, runs.values()))]
    if failure_value is None and diverged and not higher_is_better:
        raise ValueError(f"a run of {diverged[0]!r} diverged; a lower-is-better metric needs a failure value for it")
    return 0.0 if failure_value is None else failure_value
