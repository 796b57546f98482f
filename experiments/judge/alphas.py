"""How the 5 % are spent: over the registered tricks, and over the registered looks at growing seed counts."""

from __future__ import annotations

from dataclasses import dataclass

ALPHA = 0.05
BANKED = 3  # tricks of a race from which on what they are compared with runs twice as many seeds as they do


@dataclass(frozen=True)
class Alphas:
    """Bonferroni over tricks, times the share of a look, w ∝ K²: valid under any dependence.

    With looks at 4, 8 and 12 seeds the shares are 1/14, 4/14 and 9/14. A trick is at the look of its own
    number of pairs, so that a race may stop some early. A race also recycles (group-sequential Holm): tricks that
    were found to help or to hurt leave their share to the others.

    Args:
        tricks: registered tricks; one that crashed still counts.
        looks: registered looks as seed counts, ascending; none means one look, whenever.

    Raises:
        ValueError: for looks that do not ascend from 2.
    """

    tricks: int
    looks: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        """Refuse looks that cannot be."""
        if any(late <= early for early, late in zip((1, *self.looks), self.looks, strict=False)):
            raise ValueError(f"looks must be ascending seed counts from 2 on, got {list(self.looks)}")

    def registered(self, k: int) -> bool:
        """Whether a verdict may be given at `k` pairs."""
        return not self.looks or k in self.looks

    def verdict(self, k: int, found: int = 0) -> float:
        """Two-sided level at `k` pairs; at an unregistered look that of an interval that holds at any.

        Args:
            k: Pairs.
            found: Tricks that were found to help or to hurt before; 0 where nothing is recycled.
        """
        share = ALPHA / max(1, self.tricks - found)
        return share * k**2 / sum(seeds**2 for seeds in self.looks) if k in self.looks else share

    def next_look(self, k: int) -> int | None:
        """The registered look that `k` pairs have not reached; None at one, and after the last."""
        return None if self.registered(k) else next((look for look in self.looks if look > k), None)

    @property
    def last(self) -> float:
        """Two-sided level at the last look."""
        return self.verdict(max(self.looks, default=0))

    @property
    def equivalence(self) -> float:
        """One-sided level of the equivalence bounds: corrected over looks, not over tricks."""
        return ALPHA / max(1, len(self.looks))
