"""What a plan is, in the lines above its arms."""

from experiments.plan import registration
from experiments.plan.batches import batch_line
from experiments.plan.path import RULE, fresh_seeds, worst_case
from experiments.plan.planned import Plan
from experiments.results.tuning import tried
from experiments.steer.rounds import first


def heading_line(planned: Plan, registered: bool) -> str:
    """Arms, trials, metric, images a step, budget, what a path does and arms are tuned with, and the hash."""
    ablation = planned.ablation
    better = "higher" if ablation.higher_is_better else "lower"
    return (
        f"{ablation.name}: {_arm_count(planned)} arms {_seeds(planned)}\n"
        f"metric {ablation.metric}, {better} is better; smallest effect that matters {ablation.sesoi:g}; "
        f"a diverged run scores {ablation.failure_value:g}\n"
        f"{batch_line(planned)}{_budget(planned)}{_path(planned)}{_tune(planned)}"
        f"sha256 {registration.sha256(registration.content(planned))} "
        f"({'registered' if registered else 'not registered yet'})\n"
    )


def _budget(planned: Plan) -> str:
    budget = planned.ablation.budget
    if budget is None:
        return ""
    known = all(arm.steps for arm in planned.arms)
    return f"budget: {budget} a trial{'' if known else '; how many steps that is says plan --cost'}\n"


def _path(planned: Plan) -> str:
    ablation = planned.ablation
    if not ablation.path:
        return ""
    fresh = ranges(fresh_seeds(ablation))
    return f"{RULE}\nat most {worst_case(ablation)} trials, those of the fresh seeds {fresh} included\n"


def _arm_count(planned: Plan) -> int:
    return sum(not arm.tunes for arm in planned.arms)


def _seeds(planned: Plan) -> str:
    ablation, most = planned.ablation, len(planned.trials)
    tuned = ", those of tuning included" if ablation.tune else ""
    if not ablation.looks:
        count = len(ablation.seeds)
        single = "" if count != 1 else "\none seed an arm gives no verdict: take seeds: 2 or more, or race without it"
        return f"× {count} seed{'s' * (count != 1)} = {most - _tuning_count(planned)} trials{single}"
    looks = ", ".join(map(str, ablation.looks))
    banks = f", twice as many for {' and '.join(sorted(planned.banks))}" if planned.banks else ""
    return f"raced: looks at {looks} seeds{banks}; {len(first(planned))} to {most} trials{tuned}"


def _tuning_count(planned: Plan) -> int:
    return sum(planned.arm(trial.arm).tunes for trial in planned.trials)


def _tune(planned: Plan) -> str:
    """What each arm is tried with, those of one grid together."""
    tune, arms = planned.ablation.tune, dict[str, list[str]]()
    if tune is None:
        return ""
    for arm, settings in tried(planned).items():
        arms.setdefault("; ".join(each.words for each in settings), []).append(arm)
    seeds = f"{tune.seeds} seed{'s' * (tune.seeds > 1)} of {'their' if tune.seeds > 1 else 'its'} own"
    grids = [f"  {', '.join(names)}: {words}\n" for words, names in arms.items()]
    return f"to tune them, each setting on {seeds}, {_tuning_count(planned)} trials more:\n{''.join(grids)}"


def ranges(seeds: tuple[int, ...]) -> str:
    """Seeds, those in a row by their first and last."""
    if len(seeds) > 2 and list(seeds) == list(range(seeds[0], seeds[-1] + 1)):
        return f"{seeds[0]}–{seeds[-1]}"
    return ", ".join(map(str, seeds))
