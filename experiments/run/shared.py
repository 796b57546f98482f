"""Trials lie in one place by their addresses; the folders of ablations link to them."""

import contextlib
import json
import os
from pathlib import Path
from typing import Any

from experiments import lease
from experiments.errors import UserError
from experiments.files import beside, read_json, write_whole
from experiments.folder import RESULT, TRIAL, TRIALS
from experiments.plan import origin
from experiments.plan.arms import Trial
from experiments.plan.planned import Plan
from experiments.run.attempts import is_done


def cite(planned: Plan) -> list[str]:
    """Link an ablation's folder to those of its trials that are there, whoever trained them.

    A trial that an older version left in the ablation's folder moves to where every ablation finds it.

    Returns:
        A line for each that was moved.
    """
    with lease.waited_for(planned.folder):
        said = [line for trial in planned.trials if (line := _moved(trial))]
    for trial in planned.trials:
        if trial.folder.exists():
            link(trial)
    return said


def there(planned: Plan) -> list[Trial]:
    """The trials of an ablation that are done, whoever trained them."""
    return [trial for trial in planned.trials if is_done(trial)]


def there_line(planned: Plan) -> str:
    """Says how many of its trials need no training, where there are such."""
    count, total = len(there(planned)), len(planned.trials)
    return f"trained already, and used: {count} of {total} trials" if count else ""


def link(trial: Trial) -> None:
    """Let the ablation's folder point to a trial.

    Raises:
        UserError: If the file system does not let its links be read.
    """
    up = "../" * (2 + trial.arm.count("/"))  # a condition's arms lie one deeper
    target = f"{up}{TRIALS}/{trial.folder.name}"
    if trial.link.is_symlink():
        if _target(trial.link) == target:
            return
        trial.link.unlink(missing_ok=True)
    trial.link.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):  # another process was quicker
        trial.link.symlink_to(target, target_is_directory=True)


def _target(link: Path) -> str:
    try:
        return os.readlink(link)
    except PermissionError as error:
        raise UserError(
            f"{link}: its file system does not follow links that lead upwards; give sshfs -o no_contain_symlinks"
        ) from error


def _moved(trial: Trial) -> str:
    """Where a folder of an older version is now; nothing if there is none, or it is still being trained."""
    if trial.link.is_symlink() or not trial.link.is_dir() or lease.owner(trial.link):
        return ""
    if trial.folder.exists():
        return f"{trial.link} is trained in {trial.folder} already: it is now {beside(trial.link, 'stale')}"
    _rename_origin(trial)
    trial.folder.parent.mkdir(parents=True, exist_ok=True)
    trial.link.rename(trial.folder)
    return f"{trial.link} was moved to {trial.folder}, where every ablation finds it"


def _rename_origin(trial: Trial) -> None:
    """Let an older version's files say what they were made from in the words of this one, where it is the same."""
    for name in (RESULT, TRIAL):
        content = read_json(trial.link / name)
        if content and _is_same(content.get("made_from"), trial):
            with write_whole(trial.link / name) as file:
                json.dump({**content, "made_from": trial.origin.record}, file, indent=1)


def _is_same(made_from: Any, trial: Trial) -> bool:
    if not isinstance(made_from, dict) or made_from.keys() != {"config", "code"}:
        return False
    config, code = made_from["config"], made_from["code"]  # of all configs, also of what a higher one replaced
    same = isinstance(code, dict) and code.items() >= trial.origin.code.modules.items()
    return same and config == origin.before_merging(trial.argv[1:])
