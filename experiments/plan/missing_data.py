"""Data that are not there, said before anything is built."""

import re
from pathlib import Path

from experiments.declare import configs
from experiments.errors import UserError
from experiments.plan.planned import Plan

SOURCE = re.compile(r"^# Data: (.*\n(?:# (?![A-Z]\w*: ).*\n)*)", re.MULTILINE)


def refuse_missing_data(planned: Plan) -> None:
    """Refuse to train where the data of a baseline are missing whose comment says where to get them.

    Raises:
        UserError: Names the folder, where its data come from, and the option that says where they lie.
    """
    for arm in planned.baselines:
        file, root = arm.layers[0], configs.flatten(arm.merged).get("data.init_args.root")
        source = where_from(file) if isinstance(file, Path) else ""
        if source and isinstance(root, str) and not Path(root).is_dir():
            name = planned.ablation.baseline
            raise UserError(f"no folder {root} with the data of {name}; --data says where they lie. From: {source}")


def where_from(baseline: Path) -> str:
    """Where the data of a baseline come from, as its comment says under `Data`; nothing if it does not."""
    found = SOURCE.search(baseline.read_text(encoding="utf-8"))
    return " ".join(found[1].replace("\n# ", "\n").split()) if found else ""
