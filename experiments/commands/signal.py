"""`trickbench signal`: the variance of activations and gradients, layer by layer, before a run is trained."""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from experiments.declare import configs
from experiments.draw import svg
from experiments.errors import UserError

Row: TypeAlias = tuple[str, float, float]  # layer, variance of its activation, variance of the gradient there
Signals: TypeAlias = Mapping[str, Sequence[Row]]  # by run

QUANTITIES = ("activation", "gradient")
MARKS = ("●", "○")  # ◉ where both are
NAME, TRACK = 28, 24  # characters
LEFT, WIDE, TALL, STEP = 110, 640, 180, 18  # pixels: margin, width and height of a panel, least from layer to layer
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add `trickbench signal`."""
    parser = subparsers.add_parser(
        "signal",
        description="Draw the variance of the output of every convolution and linear layer, and of the training "
        "loss's gradient there, at the first step of training: of a config, and of it with each trick. Trains nothing.",
    )
    parser.add_argument("config", help="config YAML: a path, or a name in experiments/baselines")
    parser.add_argument("tricks", nargs="*", help="each compared with it: paths, or names in experiments/tricks")
    parser.add_argument("--set", action="append", default=[], help="a layer under all of them, found like a trick")
    svg.add_out(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Draw to the terminal, and to a file where one is named.

    Raises:
        UserError: For a file that can be neither picture nor table, a config given twice, or an unknown one.
    """
    svg.check(args.out)
    base = [configs.find("baselines", args.config), *(configs.find("tricks", name) for name in args.set)]
    tricks = [configs.find("tricks", name) for name in args.tricks]
    runs = {base[0].stem: base, **{file.stem: [*base, file] for file in tricks}}
    if len(runs) < 1 + len(tricks):
        raise UserError(f"each config can be drawn once, got {', '.join([args.config, *args.tricks])}")
    from experiments.trial import signals

    return signals.show(runs, lambda measured: _show(measured, args.out))


def _show(signals: Signals, out: Path | None) -> None:
    """Print a plot a run, all on one scale, and write the file."""
    low, high = _decades(value for rows in signals.values() for row in rows for value in row[1:])
    ends = f"10{_raised(low)}", f"10{_raised(high)}"
    axis = f"{ends[0]} {'─' * (TRACK - sum(map(len, ends)) - 2)} {ends[1]}"
    for name, rows in signals.items():
        print(f"{_short(name):<{NAME}}  {MARKS[0]} activation  {MARKS[1]} gradient  {axis}")
        for layer, *both in rows:
            numbers = f"{both[0]:>12.1e}  {both[1]:>10.1e}"
            print(f"{_short(layer):<{NAME}}  {numbers}  {_track(both, low, high)}".rstrip())
        print()
    if out:
        WRITERS[out.suffix](signals, out)
        print(out)


def _track(values: Sequence[float], low: int, high: int) -> str:
    """The marks of a layer, between 10^low and 10^high; none for 0, which no such scale has."""
    characters = [" "] * TRACK
    for value, mark in zip(values, MARKS, strict=True):
        if _shown(value):
            place = round((math.log10(value) - low) / (high - low) * (TRACK - 1))
            characters[place] = mark if characters[place] == " " else "◉"
    return "".join(characters)


def _decades(values: Iterable[float]) -> tuple[int, int]:
    """Powers of ten that enclose all that a logarithmic scale can show."""
    exponents = [math.log10(value) for value in values if _shown(value)] or [0.0]
    low, high = math.floor(min(exponents)), math.ceil(max(exponents))
    return low, max(high, low + 1)


def _shown(value: float) -> bool:
    return 0 < value < math.inf


def _raised(power: int) -> str:
    return str(power).translate(RAISED)


def _short(name: str) -> str:
    return name if len(name) <= NAME else f"…{name[1 - NAME :]}"


def _write_csv(signals: Signals, out: Path) -> None:
    rows = ([name, *row] for name, run in signals.items() for row in run)
    svg.write_csv(out, ["run", "layer", *QUANTITIES], rows)


def _write_svg(signals: Signals, out: Path) -> None:
    longest = max(signals.values(), key=len)  # its order: what tricks insert stands where it ran
    names = list(dict.fromkeys(layer for rows in (longest, *signals.values()) for layer, *_ in rows))
    step = max(WIDE / len(names), STEP)
    places = {name: round(LEFT + step * (i + 0.5), 1) for i, name in enumerate(names)}
    right, top = LEFT + step * len(names), 30 + 18 * ((len(signals) - 1) // 4)
    shapes = _key(signals)
    for i, quantity in enumerate(QUANTITIES):
        curves = [[(layer, both[i]) for layer, *both in rows if _shown(both[i])] for rows in signals.values()]
        shapes += _panel(curves, f"variance of the {quantity}s", places, top, right)
        top += TALL + 30
    for name, x in places.items():
        shapes += [svg.text(x + 4, top - 12, name, "end", f' transform="rotate(-60 {x + 4} {top - 12})"')]
    deep = 5.5 * max(map(len, names))
    svg.write_svg(out, "Variance of activations and gradients by layer", right + 20, top + deep, shapes)


def _key(names: Iterable[str]) -> list[str]:
    """Which colour is which run, four in a row."""
    shapes = []
    for i, name in enumerate(names):
        x, y = LEFT + 170 * (i % 4), 14 + 18 * (i // 4)
        shapes += [f'<path d="M{x} {y}h24" stroke="{svg.colour(i)}" stroke-width="3"/>']
        shapes += [svg.text(x + 30, y + 4, name, "start")]
    return shapes


def _panel(
    curves: Sequence[Sequence[tuple[str, float]]], title: str, places: Mapping[str, float], top: float, right: float
) -> list[str]:
    """One quantity of all runs over the layers, on a logarithmic scale of its own."""
    from experiments.draw.scale import Scale  # its package brings scipy

    low, high = _decades(value for curve in curves for _, value in curve)
    y = Scale(low, high, top + TALL, top + 24)
    ticks = range(low, high + 1, math.ceil((high - low) / 8))
    shapes = [svg.text(LEFT, top + 12, title, "start", ' font-weight="bold"')]
    shapes += svg.grid([(y(power), f"10{_raised(power)}") for power in ticks], LEFT, right)
    for i, curve in enumerate(curves):
        points = [(places[layer], y(math.log10(value))) for layer, value in curve]
        shapes += [svg.curve(points, i)]
        for (layer, value), (x, height) in zip(curve, points, strict=True):
            tip = f"<title>{layer}: {value:.2e}</title>"
            shapes += [f'<circle cx="{x}" cy="{height}" r="3" fill="{svg.colour(i)}">{tip}</circle>']
    return shapes


WRITERS = {".svg": _write_svg, ".csv": _write_csv}
