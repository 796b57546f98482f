"""How many trials of a study are looked into, image by image."""

from experiments.plan.planned import Plan

MOST = 1000  # trials; more would take a report minutes


def seeds_seen(plan: Plan) -> int | None:
    """How many seeds of each arm are looked into, the first ones; None if all.

    As many as `MOST` trials have room for: which they are does not depend on what came out.
    """
    return MOST // len(plan.arms) if len(plan.trials) > MOST else None
