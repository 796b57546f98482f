"""The full recipe, and the recipe without each trick."""

from experiments.plan.comparisons import Comparison, Design
from experiments.plan.designs.sizes import refuse_fewer
from experiments.plan.sources import Sources


def design(sources: Sources) -> Design:
    """The recipe minus each trick: is the trick still needed in the full recipe?

    The recipe has the first of each list of alternatives. Each other alternative is put in the place of the first, and
    compared with the recipe that has none of them.

    Raises:
        UserError: If there is but one trick.
    """
    refuse_fewer(2, sources, "without")
    arms = [sources.baseline, sources.arm("full", sources.recipe)]
    comparisons = []
    for i, (first, *others) in enumerate(sources.names):
        rest = [*sources.recipe[:i], *sources.recipe[i + 1 :]]
        swapped = [sources.arm(f"full-with-{other}", [*rest, other]) for other in others]
        arms += [sources.arm(f"all-but-{first}", rest), *swapped]
        comparisons.append(Comparison(first, "full", f"all-but-{first}"))
        comparisons += [Comparison(other, f"full-with-{other}", f"all-but-{first}") for other in others]
    return Design("without", tuple(arms), tuple(comparisons))
