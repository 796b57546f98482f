"""What was seen of the data while costs were measured: before the first trial."""

import shlex
from pathlib import Path

from experiments.declare import configs
from experiments.plan.arms import Arm
from experiments.plan.planned import Plan
from experiments.run import costs


def seen(plan: Plan) -> list[str]:
    """A line for each thing that is odd in the data of a baseline, once."""
    found: dict[str, None] = {}
    for arm in plan.baselines:
        of_data = (costs.read(plan, arm) or {}).get("data", {})
        said, leaks = (of_data.get(key, []) for key in ("said", "leaks"))
        found |= dict.fromkeys(f"data: {line}" for line in said)
        found |= dict.fromkeys([f"data: val: leaks: {'; '.join(leaks)}: see `{_check(arm)}`"] if leaks else [])
    return list(found)


def _check(arm: Arm) -> str:
    """The command that checks the data of an arm; without its config where other layers say of the data, too."""
    first = arm.layers[0]
    if not isinstance(first, Path) or any("data" in content for content in arm.contents[1:]):
        return "trickbench data check"
    return shlex.join(["trickbench", "data", "check", configs.called("baselines", first)])
