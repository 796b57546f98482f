"""`trickbench schema`: JSON schemas: of the YAML of ablations and configs, for editors, and of verdicts.json."""

from __future__ import annotations

import argparse
import json
from typing import Any

from experiments.declare.schema import Schema, ablation
from experiments.report.schema import verdicts


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add `trickbench schema`."""
    parser = subparsers.add_parser(
        "schema",
        description="Print the JSON schema of an ablation's YAML, or of a config's (a baseline, a trick). Write it to "
        "a file, and name that in the first line of a YAML: `# yaml-language-server: $schema=ablation.json`. That of "
        "verdicts is for programs that read a report's verdicts.json.",
    )
    parser.add_argument("kind", choices=list(MAKERS))
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print it."""
    print(json.dumps(MAKERS[args.kind](), indent=1, ensure_ascii=False))
    return 0


def _config() -> Schema:
    from experiments.trial.command_line.schema import config  # imports torch

    return config()


MAKERS = {"ablation": ablation, "config": _config, "verdicts": verdicts}
