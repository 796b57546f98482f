"""The keys of a grid, looked up in what every arm resolves to: a trial that cannot be built tunes nothing."""

from collections.abc import Mapping
from typing import Any

from experiments.declare import configs
from experiments.errors import UserError
from experiments.plan.planned import Plan
from experiments.plan.tuning import untuned
from experiments.run import costs
from experiments.run.outcome import is_number


def check_grids(plan: Plan) -> None:
    """Refuse a grid that sets what an arm has not.

    Raises:
        UserError: Names the arm, the key and the nearest, or the value.
    """
    for arm in plan.arms:
        measured = costs.read(plan, untuned(plan, arm)) if arm.tunes else None
        if measured:
            known = configs.flatten(measured["config"])
            for key, value in configs.flatten(arm.setting or {}).items():
                _refuse(f"{plan.ablation.file}: tune: arm {arm.plain}", key.removesuffix("+"), value, known)


def _refuse(where: str, key: str, value: Any, known: Mapping[str, Any]) -> None:
    if not any(f"{name}.".startswith(f"{key}.") for name in known):
        own = "; give it an own grid, or correct the key"
        raise UserError(f"{where} has no {key}{configs.nearest(key, known)}{own}")
    if is_number(known.get(key)) and not is_number(value):
        raise UserError(f"{where}: {key} must be a number, got {value!r}")
