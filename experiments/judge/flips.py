"""Whether two verdicts on one trick contradict each other."""

# Verdict → what may still be true: that the trick helps, makes no difference that matters, or hurts.
LEAVES = {
    "helps": {"helps"},
    "helps (negligible)": {"none"},
    "equivalent": {"none"},
    "no-op": {"none"},
    "no material gain": {"none", "hurts"},
    "hurts (negligible)": {"none"},
    "hurts": {"hurts"},
    "unstable": {"hurts"},
}
ANYTHING = {"helps", "none", "hurts"}


def contradict(one: str, other: str) -> bool:
    """Whether two verdicts cannot both be true; one that decides nothing contradicts none."""
    return not LEAVES.get(one, ANYTHING) & LEAVES.get(other, ANYTHING)
