"""Whether trials that share a GPU fit into its memory, by what was measured of their arms on one."""

from collections.abc import Iterator
from dataclasses import dataclass

from experiments.errors import UserError
from experiments.plan.planned import Plan
from experiments.run import costs
from experiments.run.launchers.launcher import Launcher
from experiments.run.outcome import is_number

CONTEXT = 500  # MiB, about: what CUDA itself takes in each process, beside what is allocated
MIB = 1 / 1024  # in GiB


@dataclass(frozen=True)
class Taken:
    """What a trial of an arm takes of a GPU, in GiB.

    Args:
        arm: Name of the arm.
        most: Peak of its first steps, and CUDA's own.
        there: Memory of the GPU.
    """

    arm: str
    most: float
    there: float


def refuse_overfull(plan: Plan, launcher: Launcher) -> None:
    """Refuse so many trials a GPU as do not fit.

    Raises:
        UserError: Says what one takes, and how many fit.
    """
    for each in _taken(plan):
        if launcher.per_gpu > 1 and launcher.per_gpu * each.most > each.there:
            takes = f"a trial of {each.arm} takes {each.most:.1f} of a GPU's {each.there:.1f} GiB"
            fit = max(1, int(each.there / each.most))
            raise UserError(f"{takes}: {launcher.per_gpu} do not fit; lower per_device to {fit}, or --jobs")


def lines(plan: Plan, launcher: Launcher) -> Iterator[str]:
    """What is known of the memory of GPUs, and what is not where trials share one."""
    known = _taken(plan)
    if known:
        most = max(known, key=lambda each: each.most / each.there)
        yield f"a trial takes up to {most.most:.1f} of a GPU's {most.there:.1f} GiB ({most.arm}, in its first steps)"
    unknown = {*costs.known(plan)} - {each.arm for each in known}
    if launcher.per_gpu > 1 and unknown:
        said = f"whether {launcher.per_gpu} trials fit into the memory of a GPU is not known"
        yield f"{said}, since these were measured without one: {', '.join(sorted(unknown))}"


def _taken(plan: Plan) -> list[Taken]:
    found = ((arm, measured.get("gpu")) for arm, measured in costs.known(plan).items())
    return [
        Taken(arm, (gpu["peak_mib"] + CONTEXT) * MIB, gpu["memory_mib"] * MIB)
        for arm, gpu in found
        if isinstance(gpu, dict) and all(is_number(gpu.get(key)) for key in ("peak_mib", "memory_mib"))
    ]
