"""Arms become trials: command lines that anyone can run by hand."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from experiments.declare import configs
from experiments.declare.ablation import Ablation
from experiments.declare.configs import Config
from experiments.folder import TRIALS
from experiments.plan import lengths, origin, own
from experiments.plan.arms import BASELINE, Arm, Trial, within
from experiments.plan.comparisons import Design
from experiments.plan.designs import make_designs
from experiments.plan.no_ops import refuse_no_ops
from experiments.plan.planned import Plan
from experiments.plan.refusals import refuse_folders
from experiments.plan.sources import Sources, find_sources
from experiments.plan.tuning import with_tuning

QUIET = ("--trainer.enable_progress_bar=false", "--trainer.enable_model_summary=false")


def make_plan(ablation: Ablation, runs: Path = Path("runs")) -> Plan:
    """Work out arms and trials; trains nothing and imports no torch.

    Raises:
        UserError: If a file is unknown, two tricks set one key, two are the same, or one changes nothing or does not
            fit the task, or a design cannot be made of the tricks.
    """
    sources = find_sources(ablation)
    designs = tuple(design for each in sources for design in make_designs(each))
    placebos = [each.placebo for each in sources if ablation.placebo and not _has_free_placebo(each, designs)]
    return assemble(ablation, designs, runs, placebos)


def assemble(ablation: Ablation, designs: tuple[Design, ...], runs: Path, again: Sequence[Arm] = ()) -> Plan:
    """The plan of some designs.

    Args:
        ablation: The ablation.
        designs: What is asked.
        runs: Folder for results.
        again: Further arms, which are others once more on fresh seeds.

    Raises:
        UserError: If two arms have one name, or one config.
    """
    arms = list({id(arm): arm for design in designs for arm in design.arms}.values())
    refuse_folders([arm.plain for arm in arms if arm.condition == arms[0].condition], ablation)
    arms = [with_race_seeds(arm, ablation.looks, designs) for arm in arms] if ablation.looks else arms
    arms += again
    arms = with_tuning(arms, ablation)
    layers = dict.fromkeys(layer for arm in arms for layer in arm.layers if isinstance(layer, Path))
    own.search(
        [*(folder for layer in layers for folder in own.of_config(layer)), ablation.file.parent]
    )  # for their code
    folder = runs / ablation.name
    trials = tuple(trial for arm in arms for trial in trials_of(ablation, arm, runs))
    planned = Plan(ablation, tuple(arms), trials, folder, designs)
    refuse_no_ops(planned, lambda arm: arm.merged)
    budget = ablation.budget
    if budget is None or budget.measured:
        return planned
    return with_steps(planned, {arm.name: int(budget.amount) for arm in arms})


def with_steps(planned: Plan, steps: Mapping[str, int]) -> Plan:
    """The plan with the length of every arm's trials, which is part of what they are.

    Args:
        planned: The plan.
        steps: arm → optimizer steps.
    """
    return with_arms(planned, [replace(arm, steps=steps[arm.name]) for arm in planned.arms])


def with_arms(planned: Plan, arms: Sequence[Arm]) -> Plan:
    """The plan with other arms of the same names, and their trials."""
    trials = (trial for arm in arms for trial in trials_of(planned.ablation, arm, planned.folder.parent))
    return replace(planned, arms=tuple(arms), trials=tuple(trials))


def with_race_seeds(arm: Arm, looks: Sequence[int], designs: Sequence[Design]) -> Arm:
    """The arm with the most seeds that a race may give it; a baseline that nothing is compared with shows its costs."""
    compared = {end for design in designs for each in design.comparisons for end in (each.arm, each.against)}
    banked = any(design.banked and design.hub == arm.name for design in designs)
    most = 2 * looks[-1] if banked else looks[-1] if arm.name in compared else looks[0]
    return replace(arm, seeds=tuple(range(most)))


def _has_free_placebo(sources: Sources, designs: Sequence[Design]) -> bool:
    """Whether the second half of the baseline's seeds is a placebo: they are more than its tricks have."""
    hub = within(sources.condition, BASELINE)
    return bool(sources.ablation.looks) and any(design.banked and design.hub == hub for design in designs)


def trials_of(ablation: Ablation, arm: Arm, runs: Path) -> list[Trial]:
    """The trials of an arm, in the order of its seeds."""
    layers = (*arm.layers, arm.setting) if arm.setting else arm.layers
    common = [word for layer in layers for word in ("--config", _word(layer))]
    search, later, unknown = _search(ablation, arm), lengths.words(arm), _not_known(arm, ablation)
    watched = [f"--wandb={ablation.wandb}"] * bool(ablation.wandb)
    pool, home, trials = str(runs / TRIALS), runs / ablation.name, []
    for seed in arm.seeds:
        words = [f"seed_everything={seed}", f"threads={ablation.threads}", *later]
        made_from = origin.of_config(arm.digest, words + unknown, arm.code)
        place = f"{pool}/{made_from.address}"
        words = [*search, *[f"--{word}" for word in words], f"--trainer.default_root_dir={place}"]
        trials.append(Trial(arm.name, seed, place, ("fit", *common, *words, *QUIET, *watched), made_from, home))
    return trials


def _not_known(arm: Arm, ablation: Ablation) -> list[str]:
    """What a trial's origin says of what measuring or tuning has yet to tell: no other trial is taken for it."""
    length = ["trainer.max_steps=null"] if ablation.budget and not arm.steps else []
    return length + (["tune=null"] if arm.setting is None else [])


def _word(layer: Path | Config) -> str:
    return str(layer) if isinstance(layer, Path) else json.dumps(layer)


def _search(ablation: Ablation, arm: Arm) -> list[str]:
    """Names the ablation's folder where the baseline lies elsewhere: classes of the user's own may lie there."""
    folder, baseline = ablation.file.parent, arm.layers[0]
    own = configs.PACKAGE not in folder.parents and not (isinstance(baseline, Path) and baseline.parent == folder)
    return [f"--search={json.dumps([str(folder)])}"] * own
