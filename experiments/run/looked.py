"""What was seen of the data while costs were measured: before the first trial."""

from experiments.plan.planned import Plan
from experiments.run import costs


def seen(plan: Plan) -> list[str]:
    """A line for each thing that is odd in the data of a baseline, once."""
    found: dict[str, None] = {}
    for arm in plan.baselines:
        said = (costs.read(plan, arm) or {}).get("data", {}).get("said", [])
        found |= dict.fromkeys(f"data: {line}" for line in said)
    return list(found)
