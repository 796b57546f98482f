"""All combinations of the tricks."""

import itertools
import math

from experiments.errors import UserError
from experiments.plan.comparisons import Design
from experiments.plan.designs.sizes import refuse_fewer
from experiments.plan.sources import Sources

MOST = 64  # arms: those of six tricks


def design(sources: Sources) -> Design:
    """All subsets of the tricks, of alternatives none or one: every main effect and interaction.

    Raises:
        UserError: If there is but one trick, or more than six make too many arms.
    """
    refuse_fewer(2, sources, "factorial")
    count = math.prod(len(slot) + 1 for slot in sources.names)
    if count > MOST:
        raise UserError(
            f"{sources.ablation.file}: design factorial takes at most {MOST} arms (6 tricks), got {count} "
            f"of {sum(map(len, sources.names))} tricks; screen takes up to 11"
        )
    chosen = itertools.product(*(["", *slot] for slot in reversed(sources.names)))
    return Design("factorial", tuple(sources.mix(on) for on in chosen), groups=sources.names)
