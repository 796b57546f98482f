"""The arms that ended with their first run, since it showed that they do nothing."""

from experiments.folder import State
from experiments.results.study import Study


def lines(study: Study) -> list[str]:
    """A sentence for each."""
    left: dict[str, list[int]] = {}
    for row in study.rows:
        if row["status"] == State.NO_OP:
            left.setdefault(row["arm"], []).append(row["seed"])
    return [_line(study, arm, seeds) for arm, seeds in left.items()]


def _line(study: Study, arm: str, seeds: list[int]) -> str:
    compared = next(each for each in study.plan.comparisons if arm in (each.arm, each.against))
    other = compared.against if compared.arm == arm else compared.arm
    which = f"seed{'s' * (len(seeds) > 1)} {', '.join(map(str, seeds))}"
    return (
        f"{arm} ended as a no-op: every number that its run of seed {study.plan.arm(arm).seeds[0]} logged is that of "
        f"{other}, to the last digit; {which} of {arm} {'were' if len(seeds) > 1 else 'was'} not trained."
    )
