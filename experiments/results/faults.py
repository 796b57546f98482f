"""What is wrong with a study."""

from experiments.plan.arms import BASELINE
from experiments.results.study import Study, unmeasured


def list_faults(study: Study) -> list[str]:
    """What is wrong with the study, a line an arm: its metric says nothing, so it has no verdict."""
    metric, lines = study.plan.ablation.metric, []
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
