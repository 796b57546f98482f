"""What to type to get more of a study: a trial or all of it again, and its recipe."""

import os
import shlex
from pathlib import Path

from experiments.declare import configs
from experiments.folder import CONFIG
from experiments.results.study import Study


def trial_command(study: Study) -> str:
    """A command for a shell in this folder that trains the first finished trial again; empty if there is none."""
    ended = (trial for trial, row in zip(study.plan.trials, study.rows, strict=True) if row["status"].ended)
    first = next(ended, None)
    return f"trickbench fit --config {_word(first.folder / CONFIG)}" if first else ""


def ablation_command(study: Study) -> str:
    """A command for a shell in this folder that goes on with the ablation, or reports on it once more."""
    return _about("ablate", study)


def recipe_commands(study: Study) -> list[str]:
    """Commands for a shell in this folder: write the recipe, confirm it on fresh seeds, train with it."""
    baseline = configs.find("baselines", study.plan.ablation.baseline, study.plan.ablation.file.parent)
    write = _about("recipe", study)
    return [
        write,
        f"{write} --confirm",
        f"trickbench fit --config {_called('baselines', baseline)} --config recipe.yaml",
    ]


def _about(command: str, study: Study) -> str:
    runs = os.path.relpath(study.plan.folder.parent)
    name = _called("ablations", study.plan.ablation.file)
    return f"trickbench {command} {name}{'' if runs == 'runs' else f' --runs {_word(runs)}'}"


def _called(kind: str, file: Path) -> str:
    name = configs.called(kind, file)
    return _word(name) if file.parent.parent != configs.PACKAGE else shlex.quote(name)


def _word(path: Path | str) -> str:
    """A path seen from here as one word of a shell, and never an option."""
    seen = os.path.relpath(path)
    return shlex.quote(f"./{seen}" if seen.startswith("-") else seen)
