"""The arms of an ablation that is tuned: each as declared, with each setting of its grid, and with the best."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from experiments.declare import configs
from experiments.declare.ablation import Ablation
from experiments.declare.configs import Config
from experiments.declare.tune import TUNED, TUNING, UNTUNED, Tune
from experiments.errors import UserError
from experiments.plan.arms import Arm, within
from experiments.plan.planned import Plan
from experiments.plan.refusals import refuse_layer


def with_tuning(arms: Sequence[Arm], ablation: Ablation) -> list[Arm]:
    """The arms, those that are tuned without a setting so far, and behind them those that are trained to find it.

    Raises:
        UserError: If a setting sets what every trial sets, or keys that hold each other, or an own grid is no arm's.
    """
    tune = ablation.tune
    if tune is None:
        return list(arms)
    untuned = [arm for arm in arms if arm.condition == UNTUNED]
    for name in tune.own:
        if name not in {arm.plain for arm in untuned}:
            near = configs.nearest(name, [arm.plain for arm in untuned])
            raise UserError(f"{ablation.file}: tune: own names {name!r}, which is none of the arms{near}")
    tried = [_tries(arm, n, setting, tune) for arm in untuned for n, setting in enumerate(tune.settings(arm.plain))]
    for arm in tried:
        refuse_layer(arm.setting or {}, f"{ablation.file}: tune")
    return [*(replace(arm, setting=None) if arm.condition == TUNED else arm for arm in arms), *tried]


def _tries(arm: Arm, number: int, setting: Config, tune: Tune) -> Arm:
    condition = f"{TUNING}-{number}"
    name = within(condition, arm.plain)
    return replace(arm, name=name, condition=condition, seeds=tune.seed_ids, setting=setting, tunes=True)


def with_settings(arms: Sequence[Arm], settings: Mapping[str, Config]) -> list[Arm]:
    """The arms, with the settings that were found for them by their names."""
    return [replace(arm, setting=settings.get(arm.name, arm.setting)) for arm in arms]


def untuned(plan: Plan, arm: Arm) -> Arm:
    """The arm as it is declared, of which costs and lengths hold for the tuned one too; itself where none is tuned."""
    return plan.arm(within(UNTUNED, arm.plain)) if plan.ablation.tune else arm
