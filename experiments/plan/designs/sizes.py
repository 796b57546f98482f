"""How many tricks and seeds a design takes."""

from experiments.errors import UserError
from experiments.plan.sources import Sources


def refuse_fewer(least: int, sources: Sources, design: str) -> None:
    """Refuse a recipe of too few tricks; alternatives count as one.

    Raises:
        UserError: Says how many there are, and how many it takes.
    """
    count = len(sources.recipe)
    if count < least:
        raise UserError(f"{sources.ablation.file}: design {design} takes {least} tricks or more, got {count}")
