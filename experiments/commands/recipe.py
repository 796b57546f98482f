"""`trickbench recipe`: the tricks that earned their place become one layer, and fresh seeds confirm it."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments.commands import ablate
from experiments.commands.arguments import add_ablation_arguments, add_launcher, planned_by
from experiments.declare.configs import Config, nearest, read_yaml
from experiments.errors import UserError
from experiments.files import read_json, write_whole
from experiments.folder import REGISTRATION
from experiments.plan.arms import BASELINE, PLACEBO
from experiments.report.costs import UNITS

if TYPE_CHECKING:
    from experiments.results.study import Study

FIRST = "# Recipe of "  # how both files begin, so that a later call knows them as its own


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add `trickbench recipe`."""
    parser = subparsers.add_parser(
        "recipe",
        description="Write the tricks of a finished ablation that earned their place, within a budget, as one layer "
        "to train with, with a forecast of their gain; and the ablation that compares it with the baseline on fresh "
        "seeds, whose verdict alone is the recipe's.",
    )
    add_ablation_arguments(parser)
    add_launcher(parser)
    parser.add_argument(
        "--budget",
        nargs="+",
        type=_most,
        default=[],
        metavar="UNIT=MULTIPLE",
        help=f"the most it may cost beside the baseline, such as time=1.2; units: {', '.join(UNITS)}",
    )
    parser.add_argument(
        "-o", "--out", type=_layer, default=Path("recipe.yaml"), help="the layer (default: recipe.yaml)"
    )
    parser.add_argument("--confirm", action="store_true", help="train and judge it on fresh seeds, too")
    parser.set_defaults(run=run)


def _most(text: str) -> tuple[str, float]:
    unit, _, said = text.partition("=")
    if unit not in UNITS:
        raise argparse.ArgumentTypeError(f"unknown unit {unit!r}{nearest(unit, UNITS)}; say for example time=1.2")
    try:
        most = float(said)
    except ValueError:
        most = 0.0
    if not 1 <= most < float("inf"):
        raise argparse.ArgumentTypeError(f"{unit} must be a multiple of the baseline's from 1, got {said!r}")
    return unit, most


def _layer(text: str) -> Path:
    path = Path(text)
    if path.suffix != ".yaml" or path.is_dir() or path.stem in (BASELINE, PLACEBO):
        wanted = f"must be a file NAME.yaml, not called {BASELINE} or {PLACEBO}"
        raise argparse.ArgumentTypeError(f"{wanted}, got {text!r}")
    return path


def run(args: argparse.Namespace) -> int:
    """Choose, write, train where that is asked for, and print the gain once fresh seeds have shown it.

    Raises:
        UserError: If no recipe can be taken from the ablation, or a file is in the way.
    """
    from experiments.report.path import claim
    from experiments.results.study import read_study

    study = read_study(planned_by(args))
    second = args.out.with_name(f"{args.out.stem}_{study.plan.ablation.name}.yaml")
    proof = claim(study)  # a path has had its fresh seeds
    print(*_write(args, study, second), *filter(None, [proof]), f"wrote {args.out} and {second}", sep="\n")
    return 0 if proof and not args.confirm else _confirm(args, second)


def _write(args: argparse.Namespace, study: Study, second: Path) -> list[str]:
    """Write the recipe and the ablation that confirms it; what is to be said of the recipe.

    Raises:
        UserError: As `run`.
    """
    from experiments.report.recipe.choice import choose  # scipy takes half a second
    from experiments.report.recipe.layers import confirmation, fresh_seeds, head, layer, placed, text, told

    budget = _budget(args.budget)
    recipe = choose(study, budget)
    registration = args.runs / second.stem / REGISTRATION
    seeds = _registered(registration) or fresh_seeds(study, recipe)
    content = {args.out: placed(study, layer(study, recipe), args.out), second: confirmation(study, args.out, seeds)}
    for file, made in content.items():
        _refuse_taken(file, made, args.out, args.runs)
    lines = told(study, recipe, budget)
    for file, made in content.items():
        with write_whole(file) as written:
            written.write(text([head(study, args.out, second), *lines], made))
    return lines


def _confirm(args: argparse.Namespace, second: Path) -> int:
    """Train the confirming ablation where that is asked for, and print what it shows so far."""
    from experiments.report.recipe.layers import shown
    from experiments.results.study import read_study

    words = [str(second), "--runs", str(args.runs)]
    code = _ablate(words, args) if args.confirm else 0
    confirming = read_study(planned_by(argparse.Namespace(ablation=str(second), data=None, runs=args.runs)))
    print(shown(confirming))
    if not args.confirm and not all(row["status"].ended for row in confirming.rows):
        print(f"next: trickbench ablate {shlex.join(words)}")
    return code


def _budget(given: Sequence[tuple[str, float]]) -> dict[str, float]:
    budget = dict(given)
    if len(budget) < len(given):
        raise UserError(f"--budget: {', '.join(unit for unit, _ in given)}: say each unit once")
    return budget


def _registered(registration: Path) -> list[int]:
    """The seeds of a confirmation that has begun; none where it has not."""
    arms = (read_json(registration) or {}).get("arms", {})
    return list(arms.get(BASELINE, {}).get("seeds", []))


def _refuse_taken(file: Path, content: Config, out: Path, runs: Path) -> None:
    """Refuse to write over somebody's own file, or over a recipe whose confirmation has begun, of any ablation."""
    if not file.exists():
        return
    said = file.read_text(encoding="utf-8", errors="replace")
    if not said.startswith(FIRST):
        raise UserError(f"{file} is there already, and no recipe; move it away, or say --out FILE")
    theirs = said.removeprefix(FIRST).partition(": ")[0]
    registration = runs / f"{out.stem}_{theirs}" / REGISTRATION
    if registration.exists() and read_yaml(file) != content:
        raise UserError(f"{file} is another recipe, whose confirmation is registered in {registration}; say --out FILE")


def _ablate(words: Sequence[str], args: argparse.Namespace) -> int:
    """Train and judge, as if the command had been given."""
    jobs = ["--jobs", str(args.jobs)] if args.jobs else []
    launcher = ["--launcher", args.launcher] if args.launcher else []
    parser = argparse.ArgumentParser()
    ablate.add_parser(parser.add_subparsers())
    return ablate.run(parser.parse_args(["ablate", *words, *jobs, *launcher]))
