"""The path from the baseline to a recipe: at each step the trick that helps most."""

from collections.abc import Sequence

from experiments.declare.ablation import Ablation
from experiments.errors import UserError
from experiments.plan.comparisons import Comparison, Design
from experiments.plan.designs.sizes import refuse_fewer
from experiments.plan.refusals import refuse_folders
from experiments.plan.sources import Sources

FULL, FRESH_BASELINE, FRESH_RECIPE = "full", "fresh-baseline", "fresh-recipe"


def design(sources: Sources) -> Design:
    """The first step: the baseline, and the baseline with each trick. Results decide which steps follow.

    Raises:
        UserError: If there is but one trick, one has a name that a later arm will need, or what is declared beside the
            path does not go with it.
    """
    _refuse(sources.ablation)
    refuse_fewer(2, sources, "path")
    names = [trick for slot in sources.names for trick in slot]
    refuse_folders([*names, FULL, FRESH_BASELINE, FRESH_RECIPE], sources.ablation)
    return step(sources, ())


def step(sources: Sources, on: Sequence[str]) -> Design:
    """The recipe so far, and with each trick that is neither in it nor an alternative to one of its tricks."""
    left = [trick for slot in sources.names if not set(slot) & set(on) for trick in slot]
    recipe, arms = sources.mix(on), [sources.mix([*on, trick]) for trick in left]
    compared = [Comparison(trick, arm.name, recipe.name) for trick, arm in zip(left, arms, strict=True)]
    return Design(f"path, step {len(on) + 1}", (recipe, *arms), tuple(compared))


def _refuse(ablation: Ablation) -> None:
    start = f"{ablation.file}: design path"
    others = [design for design in ablation.designs if design != "path"]
    if others:
        raise UserError(f"{start} takes no other design beside it, got {', '.join(others)}")
    if ablation.tune:
        raise UserError(f"{start} takes no tune: what it would tune is not known beforehand")
    if ablation.conditions:
        raise UserError(f"{start} takes no conditions, got {', '.join(ablation.conditions)}")
    if not ablation.looks:
        raise UserError(f"{start} is raced: looks say how many seeds there are, and seeds must be left out")
    if ablation.placebo:
        raise UserError(f"{start} takes no placebo: fresh seeds prove its recipe")
    if ablation.budget and ablation.budget.measured:
        raise UserError(
            f"{start} takes a budget of steps: how long its later arms train is registered, got {ablation.budget}"
        )
