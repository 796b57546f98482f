"""Plots and tables of simulated shares."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from experiments.draw import svg
from experiments.draw.scale import Scale
from experiments.judge.verdict import Verdict

Curves = Mapping[str, Sequence[tuple[float, float]]]
ROW = 34  # pixels


def table(first: str, curves: Curves) -> str:
    """A row for each place on the x axis, a column for each curve, in percent."""
    places = [x for x, _ in next(iter(curves.values()))]
    rows = [[f"{x:g}", *(f"{dict(points)[x]:.1%}" for points in curves.values())] for x in places]
    lines = [[first, *curves], ["--:"] * (1 + len(curves)), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def plot(out: Path, across: str, curves: Curves) -> None:
    """Draw shares over a number."""
    xs = [x for points in curves.values() for x, _ in points]
    x, y = Scale(min(xs), max(xs), 50, 500), Scale(0, 1, 240, 16)
    shapes = svg.grid([(y(value), f"{value:.0%}") for value, _ in y.ticks(5)], 50, 500)
    shapes += [svg.text(x(value), 260, text) for value, text in x.ticks(8)]
    for i, (name, points) in enumerate(curves.items()):
        shapes.append(svg.curve([(x(at), y(value)) for at, value in points], i))
        shapes.append(svg.text(62, 34 + 18 * i, name, "start", f' fill="{svg.colour(i)}"'))
    svg.write_svg(out, f"{', '.join(curves)} by {across}", 520, 290, [*shapes, svg.text(275, 282, across)])


def words(out: Path, verdicts: Sequence[Verdict], sesoi: float) -> None:
    """Draw the intervals that each word rests on: thin the verdict interval, thick the equivalence bounds."""
    x, bottom = Scale(-3, 3, 150, 620), 24 + ROW * len(verdicts)
    shapes = [f'<rect x="{x(-sesoi)}" y="10" width="{x(sesoi) - x(-sesoi)}" height="{bottom - 10}" fill="#e8eef4"/>']
    shapes += [svg.text(x(n * sesoi), bottom + 18, f"{n:+d}×" if n else "0") for n in (-4, -1, 0, 1, 4)]
    shapes.append(f'<path d="M{x(0)} 10V{bottom}" stroke="#888"/>')
    for row, verdict in enumerate(verdicts):
        shapes += _effect(x, 10 + ROW * (row + 0.6), verdict)
    svg.write_svg(
        out,
        "The intervals that each word rests on",
        640,
        bottom + 48,
        [*shapes, svg.text(x(0), bottom + 38, "effect, in multiples of sesoi")],
    )


def _effect(x: Scale, y: float, verdict: Verdict) -> list[str]:
    """Its word, its two intervals and its estimate."""
    ends = [(verdict.low, verdict.high, 1), (verdict.equivalence_low, verdict.equivalence_high, 5)]
    said = verdict.verdict
    lines = [
        f'<path d="M{x.clip(low)} {y:g}H{x.clip(high)}" stroke="#0072b2" stroke-width="{width}"/>'
        for low, high, width in ends
    ]
    dot = f'<circle cx="{x(verdict.effect)}" cy="{y:g}" r="5" fill="#d55e00"/>'
    return [svg.text(140, y + 4, said, "end"), *lines, dot]
