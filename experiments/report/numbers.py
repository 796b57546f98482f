"""Numbers as a reader wants them: sensible digits, a true minus, units; a dash where there is no number."""

import math

DASH = "–"
PREFIXES = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))


def decimals(sesoi: float) -> int:
    """Decimals that show a tenth of the smallest effect that matters."""
    return max(0, 1 - math.floor(math.log10(sesoi)))


def fixed(value: float, places: int) -> str:
    """A number with so many decimals and thousands separators."""
    if math.isnan(value):
        return DASH
    return f"{value:,.{places}f}".replace("-", "−") if round(value, places) else f"{0:.{places}f}"


def signed(value: float, places: int) -> str:
    """A difference, with its sign."""
    return f"+{fixed(value, places)}" if round(value, places) > 0 else fixed(value, places)


def interval(low: float, high: float, places: int) -> str:
    """[low, high] of a difference; a limit that is as good as 0 still says on which side of it."""
    return DASH if math.isnan(low) or math.isnan(high) else f"[{_limit(low, places)}, {_limit(high, places)}]"


def _limit(value: float, places: int) -> str:
    side = "+" if value > 0 else "−" if value < 0 else ""
    return f"{side}{fixed(abs(value), places)}"


def p_value(p: float) -> str:
    """Two significant digits, at most four decimals; what is smaller is said to be."""
    if math.isnan(p):
        return DASH
    return "< 0.0001" if p < 1e-4 else f"{p:.{min(4, max(2, 1 - math.floor(math.log10(p))))}f}"


def percent(probability: float) -> str:
    """A whole percentage; never 0 or 100 %, for a finite number of seeds cannot say that."""
    if math.isnan(probability):
        return DASH
    return "< 1 %" if probability < 0.01 else "> 99 %" if probability > 0.99 else f"{100 * probability:.0f} %"


def exact(value: float | None) -> str:
    """For a script to sort by; empty if unknown."""
    return "" if value is None or not math.isfinite(value) else f"{value:.6g}"


def ratio(value: float | None) -> str:
    """A multiple of the baseline."""
    return DASH if value is None else f"{value:.2f}×" if value < 100 else f"{value:,.0f}×"


def count(value: float | None) -> str:
    """A count with three digits and its prefix: 11.7 M."""
    if value is None:
        return DASH
    size, prefix = next(((s, p) for s, p in PREFIXES if value >= 0.9995 * s), (1.0, ""))
    return f"{_three(value / size)} {prefix}".rstrip() if prefix else f"{value:.0f}"


def seconds(value: float | None) -> str:
    """A time in ms or s."""
    if value is None:
        return DASH
    return f"{_three(value)} s" if value >= 0.9995 else f"{_three(1000 * value)} ms"


def mebibytes(value: float | None) -> str:
    """Memory in MiB or GiB."""
    if value is None:
        return DASH
    return f"{_three(value / 1024)} GiB" if value >= 1023.5 else f"{value:.0f} MiB"


def _three(value: float) -> str:
    """Three significant digits, without an exponent."""
    if value <= 0:
        return "0"
    rounded = float(f"{value:.3g}")
    return f"{rounded:,.{max(0, 2 - math.floor(math.log10(rounded)))}f}"
