"""What to switch on: the recipe that a study's tricks earned, and how to get it as a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import yaml

from experiments.report.page.commands import recipe_commands
from experiments.report.page.entries import Entry
from experiments.report.recipe.choice import Recipe, choose, helping
from experiments.report.recipe.earned import Earned
from experiments.report.recipe.layers import layer
from experiments.report.recipe.ready import unready
from experiments.results.study import Study


@dataclass(frozen=True)
class Offer:
    """A recipe, or why there is none.

    Args:
        commands: That write it, confirm it and train with it.
        missing: Why there is none yet; empty where there is one, or where no trick earned a place.
        recipe: The tricks, with what they cost and promise together.
        taken: (what it is called, the trick) for each of its tricks.
        left: Tricks that earned a place and are not in it.
        layer: It as YAML.
    """

    commands: list[str]
    missing: str = ""
    recipe: Recipe | None = None
    taken: Sequence[tuple[str, Earned]] = ()
    left: Sequence[str] = ()
    layer: str = ""


def offer(study: Study, entries: Sequence[Entry]) -> Offer:
    """The best recipe where cost does not matter."""
    commands = recipe_commands(study)
    if missing := unready(study):
        return Offer(commands, missing)
    found = helping(study)
    if not found:
        return Offer(commands)
    recipe, names = choose(study, {}), {entry.effect.trick: entry.name for entry in entries}
    return Offer(
        commands,
        recipe=recipe,
        taken=[(names[each.trick], each) for each in recipe.tricks],
        left=[names[each.trick] for each in found if each.trick not in recipe.names],
        layer=yaml.safe_dump(layer(study, recipe), sort_keys=False, allow_unicode=True),
    )
