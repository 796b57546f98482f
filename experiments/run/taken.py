"""A trial as its folder tells of it."""

from pathlib import Path

from experiments import code
from experiments.errors import UserError
from experiments.files import read_json
from experiments.folder import TRIAL
from experiments.plan import origin, own
from experiments.plan.arms import Trial

FORM = {"ablation": str, "arm": str, "seed": int, "argv": list, "made_from": dict}


def read_trial(folder: Path) -> Trial:
    """The trial that a folder was taken for.

    Raises:
        UserError: If it was taken for none, or the trial is made from something else by now.
    """
    said = read_json(folder / TRIAL) or {}
    if not all(isinstance(said.get(key), kind) for key, kind in FORM.items()):
        raise UserError(f"{folder} is not the folder of an ablation's trial: it has no {TRIAL} that says of which")
    argv = tuple(map(str, said["argv"]))
    own.search(own.named(argv[1:]))
    now = origin.of_words(argv[1:])
    if now.record != said["made_from"]:
        what = code.in_short(now.code.changed(said["made_from"])) or "a config"
        raise UserError(f"{what} changed since {folder} was prepared; run `trickbench ablate` again")
    return Trial(said["arm"], said["seed"], str(folder), argv, now, folder.resolve().parent.parent / said["ablation"])
