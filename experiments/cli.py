"""The `trickbench` command: the Lightning subcommands go to train.py, the others stay free of torch."""

import argparse
import codecs
import importlib
import itertools
import locale
import sys
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from experiments import __version__, pause
from experiments.errors import UserError, told

LIGHTNING = {
    "fit": "train one model from YAML layers",
    "validate": "measure a checkpoint on the validation set",
    "test": "measure a checkpoint on the test set",
}
COMMANDS = {
    "init": "write a baseline and an ablation for a folder of images",
    "predict": "write a trained model's predictions for a folder of images, or for the test set",
    "export": "write a trained model as ONNX or for torch.export",
    "data": "look at data before anything is trained on them",
    "plan": "show what an ablation would train",
    "ablate": "train an ablation and judge its tricks",
    "attempt": "train one trial that `ablate --export` has prepared",
    "status": "show where every trial stands",
    "report": "write the report of an ablation, finished or not",
    "bundle": "write an ablation and its report as one file",
    "verify": "check a bundle, and recompute its report",
    "meta": "pool tricks over the data sets of several bundles",
    "recipe": "write the tricks that earned their place as one layer, and confirm it on fresh seeds",
    "trials": "list the trials that were trained, find and prune them",
    "verdicts": "judge tricks from any table or log of runs",
    "tricks": "list the tricks, or show one",
    "literature": "list published effects of the tricks, with their sources",
    "schedule": "draw the learning rate of a run",
    "signal": "draw the variance of activations and gradients layer by layer",
    "check": "run the contract of its slot on a class of your own",
    "doctor": "tell what is here for trials, and try each launcher",
    "schema": "print the JSON schema of ablations or configs, for editors",
    "completion": "print the script that completes this command in your shell",
}


class Parser(argparse.ArgumentParser):
    """Says what was wrong in one line."""

    def error(self, message: str) -> None:  # type: ignore[override]
        raise UserError(message)


class CommandParser(Parser):
    """Says of an unknown option which one is nearest, before it misses what else is required; takes no empty value.

    A script's variable that is not set would be one: of a name it meant that none was given, of a folder this one.
    """

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        words = [*itertools.takewhile(lambda word: word != "--", args), "--"]
        _refuse_unknown("option", (word.partition("=")[0] for word in words[:-1]), self._option_string_actions)
        for word, next_word in itertools.pairwise(words):
            name, given, value = word.partition("=")
            if name.startswith("--") and not (value if given else next_word):
                raise UserError(f"{name} must not be empty, got ''")
        return super().parse_known_args(args, namespace)


class Commands(argparse._SubParsersAction):  # type: ignore[type-arg]
    """Lists every command with its summary, whoever adds it."""

    def add_parser(self, name: str, **given: Any) -> Any:
        return super().add_parser(name, **{"help": COMMANDS.get(name), **given})


def parser(command: str = "") -> argparse.ArgumentParser:
    """The parser of one torch-free command, which lists the others; what these need is not imported for that.

    Args:
        command: Its name; `completion` knows all of them.
    """
    parser = Parser(
        prog="trickbench",
        description="Which dense-prediction tricks pay off on your data, by how much, at what cost, how surely?",
    )
    said = f"trickbench {__version__}"
    parser.add_argument("--version", action="version", version=said, help="print the version")
    parser.set_defaults(front=parser)
    commands = parser.add_subparsers(action=Commands, metavar="COMMAND", required=True, parser_class=CommandParser)
    for name, summary in LIGHTNING.items():
        lightning = commands.add_parser(name, help=f"{summary} (`trickbench {name} --help`)", add_help=False)
        lightning.add_argument("--config", action="append")  # for completion; train.py parses
    for name in COMMANDS:
        if command in (name, "completion"):
            importlib.import_module(f"experiments.commands.{name}").add_parser(commands)
        else:
            commands.add_parser(name, add_help=False)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        0, or what `told` says of how it ended; `train.main` tells what else a training returns.
    """
    argv = list(sys.argv[1:] if argv is None else argv)
    return told(lambda: _run(argv))


def _run(argv: list[str]) -> int:
    if sys.platform == "win32" and not {"--help", "-h", "--version"} & {*argv}:  # no fork, no locks of files
        raise UserError("trickbench needs Linux or macOS, got win32; on Windows it runs under WSL")
    if codecs.lookup(encoding := locale.getpreferredencoding(False)).name != "utf-8":  # of files, names and terminal
        raise UserError(f"trickbench needs UTF-8, and this locale is {encoding}; export LC_ALL=C.UTF-8 PYTHONUTF8=1")
    if _is_lightning(argv):
        pause.keep_waiting()  # before torch starts threads
        from experiments.trial import train

        return train.main(argv)
    _refuse_unknown("option", itertools.takewhile(lambda word: word.startswith("-"), argv), ("--help", "--version"))
    commands = [word for word in argv if not word.startswith("-")][:1]
    _refuse_unknown("command", commands, (*LIGHTNING, *COMMANDS))
    front = parser(*commands)
    if not argv:
        front.print_help()
    args = front.parse_args(argv)
    return int(args.run(args))


def _is_lightning(argv: Sequence[str]) -> bool:
    """Whether Lightning runs it; `predict` only where it gets neither a folder nor `--run`."""
    first = argv[1] if len(argv) > 1 else "--help"
    of_folder = first in ("-h", "--help") or first[:1] != "-" or any(word.split("=")[0] == "--run" for word in argv)
    return (argv[:1] == ["predict"] and not of_folder) or (bool(argv) and argv[0] in LIGHTNING)


def _refuse_unknown(kind: str, words: Iterable[str], known: Collection[str]) -> None:
    """Refuse the first word that is none of these; an option may be cut short, and one of a letter is argparse's."""
    for word in words:
        fits = [name for name in known if name == word or (kind == "option" and name.startswith(word))]
        if not fits and (kind == "command" or word.startswith("--")):
            import difflib

            near = difflib.get_close_matches(word, known, n=1)
            hint = f"nearest: {near[0]}" if near else "--help lists them"
            raise UserError(f"unknown {kind} {word!r}; {hint}")
