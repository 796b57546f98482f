"""The `trickbench` command: the Lightning subcommands go to train.py, the others stay free of torch."""

import argparse
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


class Parser(argparse.ArgumentParser):
    """Says what was wrong in one line."""

    def error(self, message: str) -> None:  # type: ignore[override]
        raise UserError(message)


def parser() -> argparse.ArgumentParser:
    """The parser of the torch-free commands, which also lists the others."""
    from experiments.commands import ablate, check, plan, report, schedule, signal, status, trials, tricks, verdicts

    parser = Parser(
        prog="trickbench",
        description="Which dense-prediction tricks pay off on your data, by how much, at what cost, how surely?",
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for name, summary in LIGHTNING.items():
        commands.add_parser(name, help=f"{summary} (`trickbench {name} --help`)", add_help=False)
    for module in (plan, ablate, status, report, trials, verdicts, tricks, schedule, signal, check):
        module.add_parser(commands)
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
    args = parser().parse_args(argv)
    return int(args.run(args))
