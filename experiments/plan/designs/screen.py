"""A few combinations of many tricks, chosen so that main effects stay apart from interactions of two."""

from experiments.errors import UserError
from experiments.plan.comparisons import Design
from experiments.plan.sources import Sources

# 16 runs. Each further trick is a product of three of the first four (of all four, for the fifth), so that none is
# mixed up with an interaction of two; the signs keep the baseline among the runs.
GENERATORS = {
    5: "a b c d -abcd",
    6: "a b c d abc bcd",
    7: "a b c d abc bcd acd",
    8: "a b c d abc abd acd bcd",
}
FEWEST, MOST, SEEDS = 5, 11, 3


def design(sources: Sources) -> Design:
    """16 runs of resolution IV up to 8 tricks; up to 11 Plackett and Burman's 12 runs and their mirror images.

    Average main effects, at a quarter to a sixth of the variance that one trick at a time has in as many runs.

    Sources: Box and Hunter 1961, The 2^(k−p) fractional factorial designs; Plackett and Burman 1946.

    Raises:
        UserError: If there are alternatives, or too few or too many tricks, or too few seeds.
    """
    _refuse(sources)
    from pyDOE3 import fracfact, pbdesign  # brings scipy

    count = len(sources.recipe)
    runs = fracfact(GENERATORS[count]) if count in GENERATORS else pbdesign(count)
    signs = [[x > 0 for x in run] for run in runs.tolist()]
    if count not in GENERATORS:
        signs += [[not on for on in run] for run in signs]
    chosen = [[trick for trick, on in zip(sources.recipe, run, strict=True) if on] for run in sorted(signs, key=sum)]
    return Design("screen", tuple(map(sources.mix, chosen)), groups=sources.names)


def _refuse(sources: Sources) -> None:
    count, start = len(sources.recipe), f"{sources.ablation.file}: design screen takes"
    lists = [slot for slot in sources.names if len(slot) > 1]
    if lists:
        raise UserError(f"{start} no alternatives, got [{', '.join(lists[0])}]; factorial does")
    if not FEWEST <= count <= MOST:
        instead = "; factorial answers more in as many arms" if count < FEWEST else ""
        raise UserError(f"{start} {FEWEST} to {MOST} tricks, got {count}{instead}")
    seeds = sources.ablation.seeds
    if len(seeds) < SEEDS:
        raise UserError(f"{start} {SEEDS} seeds or more, for seeds are its blocks, got {len(seeds)}")
