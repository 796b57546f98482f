"""Names beside a plot."""

from collections.abc import Sequence


def spread(wished: Sequence[float], height: float, gap: float) -> list[float]:
    """Places near the wished ones that keep a gap and stay within the height, so that no two names overlap."""
    order = sorted(range(len(wished)), key=lambda i: wished[i])
    places = list(wished)
    lowest = gap / 2
    for i in order:
        places[i] = max(places[i], lowest)
        lowest = places[i] + gap
    highest = height - gap / 2
    for i in reversed(order):
        places[i] = min(places[i], highest)
        highest = places[i] - gap
    return places
