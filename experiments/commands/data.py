"""`trickbench data check`: faults, leaks and conditions of data, before anything is trained on them."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments.declare import configs
from experiments.declare.tricks import package_tricks
from experiments.errors import UserError
from experiments.files import check_folder, check_place, write_whole

if TYPE_CHECKING:
    from experiments.trial.data.whole import Checked

MARKS = {"fault": "✗", "leak": "✗", "condition": "·"}
TASKS = {"pixels": "segmentation", "boxes": "detection", "images": "classification"}  # by what labels count
HEADS = {"fault": "faults", "leak": "leaks", "condition": "conditions"}


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add `trickbench data`."""
    parser = subparsers.add_parser(
        "data",
        description="`data check` reads all data of a config and says what is wrong with them, what leaks between the "
        "splits, and which tricks claim to help under the conditions that they show. Exit status 1 where there are "
        "faults or leaks.",
    )
    parser.add_argument("action", choices=["check"], help="read everything once, and say what was found")
    parser.add_argument("config", nargs="+", help="config YAML: paths, or names in experiments/baselines")
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="write what was found to this file too, all names in it"
    )
    parser.add_argument("--page", type=Path, metavar="FILE", help="write a page (HTML) with pictures, the oddest first")
    parser.add_argument(
        "--split",
        type=Path,
        metavar="FOLDER",
        help="write train.txt, val.txt, … there: another split, in which near duplicates and series stay together",
    )
    parser.add_argument("--workers", type=_workers, help="processes that read (default: one a core)")
    parser.set_defaults(run=run)


def _workers(text: str) -> int:
    if not text.isdecimal() or int(text) > 1024:
        raise argparse.ArgumentTypeError(f"must be a whole number from 0 to 1024, got {text}")
    return int(text)


def run(args: argparse.Namespace) -> int:
    """Say what was found; 1 if there are faults or leaks.

    Raises:
        UserError: For a config or folder that is not there, or data that cannot be opened.
    """
    layers = [configs.find("baselines", name) for name in args.config]
    for folder in filter(None, (args.json and args.json.parent, args.page and args.page.parent, args.split)):
        check_place(folder)
    from experiments.trial.data.whole import check  # imports torch

    try:
        checked = check(layers, args.workers)
    except (ValueError, OSError) as error:
        raise UserError(str(error)) from error
    config = configs.merged(map(configs.read_yaml, layers))
    print("\n".join(_told(checked, config)))
    for file, text in _files(checked, args, config).items():
        check_folder(file.parent)
        with write_whole(file) as opened:
            opened.write(text)
        print(f"wrote {file}")
    if args.split:
        place = _from_root(args.split.resolve(), config)
        lists = ", ".join(f"{name}: {(place / name).as_posix()}.txt" for name in checked.splits)
        print(f"to use them, in the config's data: splits: {{{lists}}}")
    return 1 if any(each.kind != "condition" for each in checked.findings) else 0


def _from_root(folder: Path, config: configs.Config) -> Path:
    """A folder as the config's splits name it: seen from the data's root where it lies below."""
    root = Path(str(configs.flatten(config).get("data.init_args.root", ""))).resolve()
    return folder.relative_to(root) if folder.is_relative_to(root) else folder


def _files(checked: Checked, args: argparse.Namespace, config: configs.Config) -> dict[Path, str]:
    """What is to be written."""
    files = {}
    if args.json:
        files[args.json] = json.dumps(_record(checked), indent=2, ensure_ascii=False)
    if args.page:
        from experiments.report.page.data import render  # jinja2 and scipy take half a second

        files[args.page] = render(
            checked, {each: _as_yaml(slots) for each, slots in _hypotheses(checked, config).items()}
        )
    if args.split:
        for name, members in checked.split_anew().items():
            lines = (checked.listed[split][index] for split, index in members)
            files[args.split / f"{name}.txt"] = "".join(f"{line}\n" for line in lines)
    return files


def _record(checked: Checked) -> dict[str, Any]:
    """All that was found, with the names of all images that it is about."""
    return {
        "splits": {name: len(split.facts) for name, split in checked.splits.items()},
        "counted": checked.counted,
        "unread": {
            name: {split.names[each.index]: each.fault for each in split.facts if each.fault}
            for name, split in checked.splits.items()
        },
        "shares": {name: checked.shares(name) for name in checked.splits},
        "findings": [_finding(checked, each) for each in checked.findings],
    }


def _finding(checked: Checked, each: Any) -> dict[str, Any]:
    names = checked.splits[each.split].names, checked.splits[each.beside_of].names
    named = [[name[place] for place in places] for name, places in zip(names, (each.places, each.beside), strict=True)]
    return {**each._asdict(), "places": named[0], "beside": named[1]}


def _told(checked: Checked, config: configs.Config) -> Iterator[str]:
    for name, split in checked.splits.items():
        shares = ", ".join(f"{label} {share:.1%}" for label, share in checked.shares(name).items())
        yield f"{name}: {len(split.facts)} images; {checked.counted}: {shares}"
    for kind, head in HEADS.items():
        found = [each for each in checked.findings if each.kind == kind]
        if found or kind != "condition":
            yield f"\n{head}:" + ("" if found else " none found")
        for each in found:
            yield f"  {MARKS[kind]} {each.split}: {each.said}"
            yield from [f"      {each.then}"] * bool(each.then)
    for condition, slots in _hypotheses(checked, config).items():
        names = ", ".join(chain.from_iterable(slots))
        yield f"  under {condition} these claim to help: {names}; to test, in an ablation:"
        yield f"      tricks: [{_as_yaml(slots)}]"
        yield f"      shows: [{condition}]"


def _hypotheses(checked: Checked, config: configs.Config) -> Mapping[str, list[list[str]]]:
    """Condition → the tricks that claim to help under it, alternatives together.

    Left out are those for another task, and what the config has already.
    """
    shown = dict.fromkeys(each.condition for each in checked.findings if each.condition)
    found: dict[str, dict[str, list[str]]] = {condition: {} for condition in shown}
    for trick in package_tricks():
        fits = trick.about.holds_when in found and TASKS[checked.counted] in trick.about.tasks
        if fits and not configs.has(config, trick.content):
            found[trick.about.holds_when].setdefault(trick.slot, []).append(trick.name)
    return {condition: list(slots.values()) for condition, slots in found.items() if slots}


def _as_yaml(slots: Iterable[list[str]]) -> str:
    """Tricks as an ablation lists them: alternatives, which set the same key, in a list of their own."""
    return ", ".join(names[0] if len(names) == 1 else f"[{', '.join(names)}]" for names in slots)
