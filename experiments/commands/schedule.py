"""`trickbench schedule`: the learning rate of a run, drawn before it is trained."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from experiments.declare import configs
from experiments.draw import braille, svg
from experiments.errors import UserError

POINTS = 1000  # of a curve in a picture, at most


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add `trickbench schedule`."""
    parser = subparsers.add_parser(
        "schedule",
        description="Draw the learning rate over a run's optimizer steps, one curve for each that its parameter groups "
        "have. Builds the run, trains nothing.",
    )
    parser.add_argument("config", help="config YAML: a path, or a name in experiments/baselines")
    parser.add_argument("tricks", nargs="*", help="layers over it: paths, or names in experiments/tricks")
    parser.add_argument("--steps", type=int, help="length of the run in optimizer steps (default: the config's)")
    svg.add_out(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Draw to the terminal, and to a file where one is named.

    Raises:
        UserError: For a run without steps, a file that can be neither picture nor table, or an unknown config.
    """
    if args.steps is not None and args.steps < 1:
        raise UserError(f"--steps must be at least 1, got {args.steps}")
    svg.check(args.out)
    files = [configs.find("baselines", args.config), *(configs.find("tricks", name) for name in args.tricks)]
    from experiments.trial import rates

    return rates.show(files, args.steps, lambda curves: _show(curves, args.out))


def _show(curves: list[list[float]], out: Path | None) -> None:
    """Print the plot under its axis, and write the file."""
    top, steps = max(map(max, curves)), len(curves[0])
    for i, line in enumerate(braille.plot(curves)):
        print(f"{f'{top:.3g}' if i == 0 else '':>8} ┤{line}".rstrip())
    print(f"{'0':>8} ┼{'─' * 70}\n{'':>9} 0{f'{steps} steps':>69}")
    for curve in curves:
        print(f"from {curve[0]:.3g}, at most {max(curve):.3g}, to {curve[-1]:.3g}")
    if out:
        WRITERS[out.suffix](curves, out)
        print(out)


def _write_csv(curves: list[list[float]], out: Path) -> None:
    names = ["step", *(f"lr_{i}" for i in range(len(curves)))]
    svg.write_csv(out, names, ([step, *rates] for step, rates in enumerate(zip(*curves, strict=True))))


def _write_svg(curves: list[list[float]], out: Path) -> None:
    from experiments.draw.scale import Scale  # its package brings scipy

    steps = len(curves[0])
    x, y = Scale(0, max(steps - 1, 1), 70, 780), Scale(0, max(map(max, curves)) or 1.0, 260, 20)
    shown = sorted({round(i * (steps - 1) / POINTS) for i in range(POINTS + 1)})
    shapes = svg.grid([(y(value), text) for value, text in y.ticks()], 70, 780)
    shapes += [svg.text(x(value), 280, text) for value, text in x.ticks()]
    shapes += [svg.curve([(x(step), y(rates[step])) for step in shown], i) for i, rates in enumerate(curves)]
    shapes += [svg.text(425, 302, "optimizer step")]
    svg.write_svg(out, "Learning rate over optimizer steps", 800, 310, shapes)


WRITERS = {".svg": _write_svg, ".csv": _write_csv}
