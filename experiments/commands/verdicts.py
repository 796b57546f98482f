"""`trickbench verdicts`: the same statistics for anybody's runs."""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments.declare.configs import nearest
from experiments.errors import UserError
from experiments.files import read_json
from experiments.folder import REGISTRATION
from experiments.report import changes
from experiments.report.room import lack
from experiments.report.terminal import show_verdicts
from experiments.report.text import csv_text, json_text, printable
from experiments.results.missing import remarks
from experiments.results.naming import Naming
from experiments.results.read_runs import PICKS, Read, read_scores
from experiments.results.readers.recognise import READERS

if TYPE_CHECKING:
    from experiments.judge.verdict import Verdict

NEEDED = {
    "metric": "the column to judge by; in a table with a column a seed, what its numbers are",
    "sesoi": "the smallest effect that matters to you, in the metric's unit",
}


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add `trickbench verdicts`."""
    parser = subparsers.add_parser(
        "verdicts",
        description="Judge every arm of anybody's runs against the baseline, paired on the seed.",
    )
    parser.add_argument(
        "table",
        type=Path,
        nargs="*",
        help="CSV with arm, seed and the metric, one row a run, or one row an arm and a column a seed, or the reverse; "
        "nan, or a status diverged, is a diverged run. Or what another tool logged: folders or files, see --from; "
        "with --from wandb also ENTITY/PROJECT",
    )
    parser.add_argument("--metric", help="the column, or what was logged, to judge by")
    parser.add_argument("--sesoi", type=float, help="smallest effect that matters to you")
    parser.add_argument("--baseline", default="baseline", help="arm to compare with (default: the arm named baseline)")
    parser.add_argument("--placebo", help="arm that is the baseline again on fresh seeds, joined by rank")
    _add_reading(parser)
    parser.add_argument("--looks", type=int, nargs="+", default=[], help="registered looks, as seed counts")
    parser.add_argument(
        "--bank", action="store_true", help="judge a race: at --looks, with the baseline's further seeds as its bank"
    )
    parser.add_argument("--lower-is-better", action="store_true", help="for a loss or an error")
    parser.add_argument("--failure-value", type=float, help="what a diverged run scores (default: 0)")
    parser.add_argument("--format", choices=("table", "json", "csv"), default="table")
    parser.add_argument(
        "--diff",
        type=Path,
        nargs=2,
        metavar=("OLD", "NEW"),
        help="say which verdicts changed: two JSONs of --format json or of reports (verdicts.json), or runs to judge",
    )
    parser.set_defaults(run=run)


def _add_reading(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--from", dest="tool", choices=tuple(READERS), help="what wrote the runs (default: recognised)")
    parser.add_argument("--arm", help="column or hyperparameter that names the arm (default: arm)")
    parser.add_argument("--seed", help="column or hyperparameter that holds the seed (default: seed)")
    parser.add_argument(
        "--runs", metavar="PATTERN", help="how the runs' folders or names tell arm and seed: '{arm}/seed-{seed}'"
    )
    parser.add_argument(
        "--pick", choices=tuple(PICKS), default="last", help="which value of a run's history counts (default: last)"
    )


def run(args: argparse.Namespace) -> int:
    """Read, judge, print.

    Raises:
        UserError: for runs or options that cannot be judged.
    """
    if args.diff:
        return _diff(args)
    if not args.table:
        raise UserError("verdicts needs a table or a folder of runs, such as table.csv, or --diff OLD NEW")
    judged, lines = _judged(args, args.table)
    _show(args, judged)
    print(*map(printable, lines), sep="\n", end="\n" * bool(lines), file=_beside(args))
    return 0


def _show(args: argparse.Namespace, judged: Sequence[Verdict]) -> None:
    if args.format == "json":
        print(json_text(judged, args.metric, args.sesoi, args.baseline), end="")
    elif args.format == "csv":
        print(csv_text(judged), end="")
    else:
        show_verdicts(judged, args.metric, args.sesoi)


def _beside(args: argparse.Namespace) -> Any:
    """Where remarks go: a JSON or CSV stays whole."""
    return sys.stdout if args.format == "table" else sys.stderr


def _judged(args: argparse.Namespace, paths: Sequence[Path]) -> tuple[list[Verdict], list[str]]:
    """The verdicts, and what is to be said about the runs."""
    for option, wanted in NEEDED.items():
        if getattr(args, option) is None:
            raise UserError(f"--{option} is needed: {wanted}")
    read = read_scores(paths, args.metric, Naming(args.arm, args.seed, args.runs), args.pick, args.tool)
    _check(args, read.scores, paths)
    _refuse_unregistered_looks(args, paths)
    try:
        judged = _verdicts(args, read)
    except ValueError as error:
        raise UserError(str(error)) from error
    raced = bool(args.bank or args.looks)
    reached = [value for value in read.scores[args.baseline].values() if math.isfinite(value)]
    small = lack(args.baseline, reached, args.metric, args.sesoi, not args.lower_is_better)
    told = remarks(read, args.metric, args.pick, args.baseline, args.placebo, raced)
    return judged, [*(f"{line}." for line in small), *told]


def _check(args: argparse.Namespace, arms: Collection[str], paths: Sequence[Path]) -> None:
    for arm, option in ((args.baseline, "--baseline"), (args.placebo, "--placebo")):
        if arm and arm not in arms:
            raise UserError(f"{option}: no arm is named {arm!r}{nearest(arm, arms)}")
    if args.bank and (args.placebo or not args.looks):
        raise UserError("--bank judges a race: it needs --looks, such as 3 5 8, and has its own placebo in the bank")
    if args.placebo == args.baseline:
        raise UserError(
            f"--placebo must be another arm than the baseline, on fresh seeds, got {args.baseline!r} for both"
        )
    if set(arms) <= {args.baseline, args.placebo}:
        raise UserError(f"{', '.join(map(str, paths))} holds no arm to compare with {args.baseline!r}")


def _refuse_unregistered_looks(args: argparse.Namespace, paths: Sequence[Path]) -> None:
    """A race of ours, judged as if its seeds had been fixed, would call what a look leaves open."""
    for path in paths if not args.looks else ():
        folder = path if path.is_dir() else path.parent
        if looks := (read_json(folder / REGISTRATION) or {}).get("looks"):
            raise UserError(
                f"{folder} is a race, registered with looks at {', '.join(map(str, looks))} seeds: judge it by"
                f" trickbench report, or here with --looks {' '.join(map(str, looks))} --bank"
            )


def _verdicts(args: argparse.Namespace, read: Read) -> list[Verdict]:
    from experiments.judge.racing import judge_race  # scipy takes half a second
    from experiments.judge.verdicts import judge_arms

    common = {
        "baseline": args.baseline,
        "sesoi": args.sesoi,
        "higher_is_better": not args.lower_is_better,
        "failure_value": args.failure_value,
        "looks": args.looks,
    }
    return judge_race(read.scores, **common) if args.bank else judge_arms(read.scores, **common, placebo=args.placebo)


def _diff(args: argparse.Namespace) -> int:
    if args.table:
        raise UserError(f"--diff takes two files and nothing more, got {args.table[0]} as well")
    old, new = (_told(args, path) for path in args.diff)
    changed = changes.list_changes(old, new)
    lines = [*changes.differing(old, new), changes.summary(changed, old, new)]
    forms = {"table": changes.table_text, "json": changes.json_text, "csv": changes.csv_text}
    print(forms[args.format](changed), end="")
    print(*map(printable, lines), sep="\n", file=_beside(args))
    return 0


def _told(args: argparse.Namespace, path: Path) -> dict[str, Any]:
    """Verdicts of a JSON, or of runs, which are judged."""
    if not path.exists() and args.tool != "wandb":
        raise UserError(f"cannot read {path}: No such file or directory")
    if path.suffix == ".json":
        return changes.told(path)
    judged, lines = _judged(args, [path])
    print(*(printable(f"{path}: {line}") for line in lines), sep="\n", end="\n" * bool(lines), file=sys.stderr)
    told: dict[str, Any] = json.loads(json_text(judged, args.metric, args.sesoi, args.baseline))
    return told
