"""`trickbench completion`: the script that completes the command in a shell."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from experiments.commands.arguments import folder
from experiments.declare.configs import PACKAGE, called
from experiments.errors import UserError

SHELLS = ("bash", "zsh", "fish")
NAMED = {  # arguments that take a name or a YAML, and the folders where names are looked for
    "ablation": ("ablations", "claims", "claims/real"),
    "config": ("baselines", "tricks"),
    "baseline": ("baselines",),
    "tricks": ("tricks",),
    "text": ("tricks",),
}
OTHERS = {"verdicts": "baseline", "trials": "config"}  # an arm, and part of a config


def add_parser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add `trickbench completion`."""
    parser = subparsers.add_parser(
        "completion",
        description="Print the script that completes commands, options and names; it has those of this version. "
        'bash: eval "$(trickbench completion bash)" in ~/.bashrc. '
        "zsh: write it to a file _trickbench in a folder of $fpath. "
        "fish: write it to ~/.config/fish/completions/trickbench.fish.",
    )
    parser.add_argument("shell", choices=SHELLS)
    parser.set_defaults(run=run, commands=subparsers.choices)


def run(args: argparse.Namespace) -> int:
    """Print the script.

    Raises:
        UserError: Without shtab, which writes it.
    """
    try:
        import shtab
    except ImportError as error:
        raise UserError("completion needs shtab: pip install 'trickbench[completion]'") from error
    for name, command in args.commands.items():
        for action in command._actions:
            if action.dest in NAMED and OTHERS.get(name) != action.dest:
                action.complete = _names(action.dest)
            elif action.type in (Path, folder):
                action.complete = shtab.FILE
    print(shtab.complete(args.front, args.shell))
    return 0


def _names(argument: str) -> dict[str, Any]:
    """What completes a name of the package's or a YAML file; to shtab, `glob` in a name means files."""
    files = [file for folder in NAMED[argument] for file in sorted((PACKAGE / folder).glob("*.yaml"))]
    own = " ".join(file.stem if argument != "ablation" else called("ablations", file) for file in files)
    name = f"_trickbench_glob_{argument}"
    return {
        "bash": name,
        "zsh": name,
        "fish": f"({name})",
        "preamble": {
            "bash": f"{name}() {{ compgen -W '{own}' -- $1; compgen -f -X '!*.y*ml' -- $1; compgen -d -- $1; }}",
            "zsh": f"{name}() {{ _alternative 'names:name:({own})' 'files:file:_files -g \"*.y(a|)ml\"' }}",
            "fish": f"function {name}; printf '%s\\n' {own}; __fish_complete_path (commandline -ct); end",
        },
    }
