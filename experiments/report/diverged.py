"""A baseline that never trains: nothing can be compared with it."""

from experiments.folder import State
from experiments.results.study import Study


def lines(study: Study) -> list[str]:
    """A line for each baseline all of whose finished runs diverged, with what to try."""
    return [
        f"Every run of the baseline{f' under {arm.condition}' if arm.condition else ''} diverged: make it train first, "
        "by a lower learning rate or `trainer.gradient_clip_val`."
        for arm in study.plan.baselines
        if {row["status"] for row in study.rows if row["arm"] == arm.name} == {State.DIVERGED}
    ]
