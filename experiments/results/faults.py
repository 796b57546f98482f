"""What is wrong with a study."""

from experiments.plan.arms import BASELINE
from experiments.results.study import Study, unmeasured


def list_faults(study: Study) -> list[str]:
    """What is wrong with the study, a line an arm: its metric says nothing, so it has no verdict."""
    metric, lines = study.plan.ablation.metric, _unknown(study)
    for arm, seeds in unmeasured(study.rows, study.plan.ablation).items():
        which = (
            f"{len(seeds)} done run{'s' * (len(seeds) > 1)} (seed{'s' * (len(seeds) > 1)} {', '.join(map(str, seeds))})"
        )
        none = "no arm has a verdict" if arm == BASELINE else "it has no verdict"
        if arm != BASELINE and arm == study.plan.arm(arm).baseline:
            none = "no arm under its condition has a verdict"
        if study.plan.arm(arm).tunes:
            none = "it counts as failed where settings are compared"
        lines.append(f"{arm}: {metric} is not a finite number in {which}: nothing was measured there, so {none}.")
    return lines


def _unknown(study: Study) -> list[str]:
    """A line with the metrics that there are, classes' own left out, if trials are done and none has the study's."""
    metric = study.plan.ablation.metric
    logged = {name for row in study.rows for name in row if "/" in name}
    if not logged or metric in logged or "/" not in metric:
        return []
    known = ", ".join(sorted(name for name in logged if name.count("/") == 1))
    return [f"No trial has logged {metric}; there are {known}."]
