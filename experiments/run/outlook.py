"""What a run would start, and where: told without starting anything."""

from collections.abc import Sequence

from experiments.folder import CHECKPOINT
from experiments.plan.arms import Trial
from experiments.plan.planned import Plan
from experiments.run import costs
from experiments.run.launchers.launcher import Launcher


def outlook_lines(planned: Plan, todo: Sequence[Trial], launcher: Launcher) -> list[str]:
    """Lines of `ablate --dry-run`.

    Args:
        planned: The ablation.
        todo: The trials that are due.
        launcher: Would start them.
    """
    if not todo:
        return ["nothing is due: every trial is finished"]
    unmeasured = [arm.name for arm in planned.settled if not costs.is_measured(planned, arm)]
    first = [f"first a few steps of each of {', '.join(unmeasured)}, to measure their costs"] * bool(unmeasured)
    return [*launcher.places(len(todo)), *first, *map(_line, todo)]


def _line(trial: Trial) -> str:
    resumes = ", from its checkpoint" * (trial.folder / CHECKPOINT).exists()
    return f"{trial.arm} seed {trial.seed} in {trial.folder}{resumes}"
