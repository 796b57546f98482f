"""The `trickbench` command: the Lightning subcommands go to train.py, the others stay free of torch."""

import argparse
import importlib
import sys
from collections.abc import Sequence

from experiments import pause
from experiments.errors import UserError, told

LIGHTNING = {
    "fit": "train one model from YAML layers",
    "validate": "measure a checkpoint on the validation set",
    "test": "measure a checkpoint on the test set",
    "predict": "write a checkpoint's predictions for the test set",
}
COMMANDS = {
    "plan": "show what an ablation would train",
    "ablate": "train an ablation and judge its tricks",
    "attempt": "train one trial that `ablate --export` has prepared",
    "status": "show where every trial stands",
    "report": "write the report of an ablation, finished or not",
    "trials": "list the trials that were trained, find and prune them",
    "verdicts": "judge tricks from any CSV of runs",
    "tricks": "list the tricks, or show one",
    "schedule": "draw the learning rate of a run",
    "signal": "draw the variance of activations and gradients layer by layer",
    "check": "run the contract of its slot on a class of your own",
    "doctor": "tell what is here for trials, and try each launcher",
}


class Parser(argparse.ArgumentParser):
    """Says what was wrong in one line."""

    def error(self, message: str) -> None:  # type: ignore[override]
        raise UserError(message)


def parser(command: str = "") -> argparse.ArgumentParser:
    """The parser of one torch-free command, which lists the others; what these need is not imported for that.

    Args:
        command: Its name.
    """
    parser = Parser(
        prog="trickbench",
        description="Which dense-prediction tricks pay off on your data, by how much, at what cost, how surely?",
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    lightning = {name: f"{summary} (`trickbench {name} --help`)" for name, summary in LIGHTNING.items()}
    for name, summary in {**lightning, **COMMANDS}.items():
        if name == command:
            importlib.import_module(f"experiments.commands.{name}").add_parser(commands)
        else:
            commands.add_parser(name, help=summary, add_help=False)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        0, or what `told` says of how it ended; `train.main` tells what else a training returns.
    """
    argv = list(sys.argv[1:] if argv is None else argv)
    return told(lambda: _run(argv))


def _run(argv: list[str]) -> int:
    if argv and argv[0] in LIGHTNING:
        pause.keep_waiting()  # before torch starts threads
        from experiments.trial import train

        return train.main(argv)
    command = next((word for word in argv if not word.startswith("-")), "")
    args = parser(command if command in COMMANDS else "").parse_args(argv)
    return int(args.run(args))
