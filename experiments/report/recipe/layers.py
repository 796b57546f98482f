"""A recipe as files: the layer to train with, and the ablation that confirms it on fresh seeds."""

from __future__ import annotations

import itertools
import os
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from experiments.declare import configs
from experiments.declare.configs import Config
from experiments.plan import own
from experiments.plan.planned import Plan
from experiments.plan.sources import find_sources
from experiments.plan.trials import trials_of
from experiments.report import numbers
from experiments.report.costs import UNITS
from experiments.report.recipe.choice import Budget, Recipe
from experiments.report.recipe.earned import Earned, ratios
from experiments.report.scope import set_beside
from experiments.results.study import Study

KEPT = ("metric", "higher_is_better", "failure_value", "target", "set", "budget", "threads", "launcher", "sesoi")


def head(study: Study, out: Path, second: Path) -> str:
    """What a recipe's files are for, in a line."""
    baseline = configs.called("baselines", _baseline(study))
    fit = shlex.join(["trickbench", "fit", "--config", baseline, "--config", str(out)])
    confirm = shlex.join(["trickbench", "ablate", str(second)])
    return f"Recipe of {study.plan.ablation.name}: {fit}; {confirm} confirms it on fresh seeds."


def told(study: Study, recipe: Recipe, budget: Budget) -> list[str]:
    """A line on each trick, and what they cost and promise together."""
    places = numbers.decimals(study.plan.ablation.sesoi)
    within = f" within {', '.join(f'{most:g}× the {unit}' for unit, most in budget.items())}" * bool(budget)
    together = f"Together they cost {_costs(recipe.costs)}, as the sum of what each adds."
    whose, shrunk = ("their", "each effect") if len(recipe.tricks) > 1 else ("its", "the effect")
    return [
        f"Tricks: {' + '.join(recipe.names)}{within}",
        *(_line(each, places) for each in recipe.tricks),
        *[together] * (len(recipe.tricks) > 1),
        f"Forecast of {whose} gain in {study.plan.ablation.metric}: {numbers.signed(recipe.forecast, places)}, with "
        f"{shrunk} shrunk for having been chosen because it came out large. A forecast is no result.",
        *set_line(study.plan),
    ]


def set_line(plan: Plan) -> list[str]:
    """What the ablation sets in its baseline, which is not in the recipe; nothing where it sets nothing."""
    found = set_beside(plan)
    return [f"Found with what the ablation sets in its baseline, which `fit` leaves out: {found}."] if found else []


def _line(each: Earned, places: int) -> str:
    v, detail = each.verdict, f" ({each.effect.detail})" if each.effect.detail else ""
    measured = f"{numbers.signed(v.effect, places)} {numbers.interval(v.low, v.high, places)}"
    return (
        f"{each.trick}{detail}: {measured} over {v.k} seeds, forecast {numbers.signed(each.forecast, places)}; "
        f"{_costs(each.costs)}"
    )


def _costs(found: Mapping[str, float | None]) -> str:
    return ", ".join(f"{numbers.ratio(found[unit])} the {unit}" for unit in UNITS)


def text(lines: Sequence[str], content: Config) -> str:
    """A YAML file that opens with these lines as comments."""
    comments = "".join(f"# {' '.join(line.split())}\n" for line in lines)
    return comments + yaml.safe_dump(content, sort_keys=False, allow_unicode=True)


def layer(study: Study, recipe: Recipe) -> Config:
    """The tricks of a recipe as one, to be laid over the baseline."""
    (sources,) = find_sources(study.plan.ablation)
    arm = sources.mix(recipe.names)
    sheet = {"title": f"Recipe of {study.plan.ablation.name}: {' + '.join(arm.tricks)}", "expects": "helps"}
    return {"about": sheet, **beyond(sources.baseline.merged, arm.merged)}


def placed(study: Study, made: Config, out: Path) -> Config:
    """A layer as a file, which tells where classes of one's own lie that lay beside the tricks or the ablation."""
    (sources,) = find_sources(study.plan.ablation)
    tricks = [folder for slot in sources.slots for file in slot for folder in own.of_config(file)]
    held = own.holding([study.plan.ablation.file.parent, *tricks], made)
    elsewhere = [folder for folder in held if folder != str(out.parent.resolve())]
    return {**made, **({"search": elsewhere} if elsewhere else {})}


def beyond(below: Config, merged: Config) -> Config:
    """The layer that makes one config of another.

    Tricks merged with each other are not it: a trick may put another class where one before it set an argument.
    """
    changed = {name: value for name, value in merged.items() if name not in below or below[name] != value}
    return {
        name: beyond(below[name], value) if _goes_on(below.get(name), value) else value
        for name, value in changed.items()
    }


def _goes_on(old: Any, new: Any) -> bool:
    return isinstance(old, dict) and isinstance(new, dict) and not configs.swaps(old, new)


def confirmation(study: Study, out: Path, seeds: Sequence[int]) -> Config:
    """The ablation of one trick, the recipe, on these seeds."""
    ablation = study.plan.ablation
    said = configs.read_yaml(ablation.file)
    baseline = _baseline(study)
    theirs = baseline.parent.parent != configs.PACKAGE
    called = os.path.relpath(baseline, out.parent.resolve()) if theirs else configs.called("baselines", baseline)
    said = {**said, "set": ablation.set} if ablation.set else said  # with what the command line said of the data
    kept = {key: said[key] for key in KEPT if key in said}
    return {"baseline": called, "tricks": [out.name], "seeds": list(seeds), **kept}


def _baseline(study: Study) -> Path:
    return configs.find("baselines", study.plan.ablation.baseline, study.plan.ablation.file.parent)


def fresh_seeds(study: Study, recipe: Recipe) -> list[int]:
    """The lowest seeds that neither a trial of the study has nor, in any ablation, one with the recipe's tricks.

    As many as a trick had.
    """
    plan = study.plan
    (sources,) = find_sources(plan.ablation)
    arm, used = sources.mix(recipe.names), {seed for each in plan.arms for seed in each.seeds}
    count = (plan.ablation.looks or [len(plan.ablation.seeds)])[-1]
    unused = (seed for seed in itertools.count() if seed not in used)
    trials = (trials_of(plan.ablation, replace(arm, seeds=(seed,)), plan.folder.parent)[0] for seed in unused)
    return [trial.seed for trial in itertools.islice((trial for trial in trials if not trial.folder.exists()), count)]


def shown(confirming: Study) -> str:
    """What the confirming ablation shows, which is all that may be claimed of the recipe."""
    plan, missing = confirming.plan, sum(not row["status"].ended for row in confirming.rows)
    if missing:
        return f"Nothing is claimed of it yet: {missing} of {len(plan.trials)} trials on fresh seeds are not finished."
    v, places = confirming.verdicts[0], numbers.decimals(plan.ablation.sesoi)
    gain = f"{numbers.signed(v.effect, places)} {numbers.interval(v.low, v.high, places)}"
    costs = _costs(ratios(confirming, plan.comparisons[0]))
    return f"The recipe's gain, as {v.k} fresh seeds show it: {gain} in {plan.ablation.metric}, {v.verdict}; {costs}."
