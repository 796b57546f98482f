"""The data sheet of a trick."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal, get_args

from experiments.errors import UserError

Task = Literal["segmentation", "detection", "classification"]
Expectation = Literal["helps", "hurts", "equivalent", "harmless", "unknown"]


@dataclass(frozen=True)
class About:
    """The data sheet at the top of a trick's YAML.

    Args:
        title: A few words.
        paper: Authors, year, title and where in it.
        claim: What is claimed, in one sentence.
        expects: The claim as a verdict that an ablation can confirm or contradict; harmless: helps or is equivalent.
        holds_when: The condition that the claim speaks of, such as imbalance; empty if it speaks of none.
        tasks: Tasks that the trick fits.
    """

    title: str = ""
    paper: str = ""
    claim: str = ""
    expects: Expectation = "unknown"
    holds_when: str = ""
    tasks: list[Task] = field(default_factory=lambda: list(get_args(Task)))


def about(layer: Mapping[str, Any], where: object) -> About:
    """The data sheet of a layer, checked.

    Args:
        layer: A trick's content.
        where: Its file, for the error.

    Raises:
        UserError: Names the file, the key and what it may say.
    """
    sheet = layer.get("about") or {}
    known = [f.name for f in fields(About)]
    if not isinstance(sheet, dict) or any(key not in known for key in sheet):
        wrong = [key for key in sheet if key not in known] if isinstance(sheet, dict) else sheet
        raise UserError(f"{where}: about may say {', '.join(sorted(known))}, got {wrong!r}")
    made = About(**sheet)
    for key in ("title", "paper", "claim", "holds_when"):
        if not isinstance(getattr(made, key), str):
            raise UserError(f"{where}: about.{key} must be text, got {getattr(made, key)!r}")
    if made.expects not in get_args(Expectation):
        words = ", ".join(get_args(Expectation))
        raise UserError(f"{where}: about.expects must be one of {words}, got {made.expects!r}")
    if not isinstance(made.tasks, list) or not all(task in get_args(Task) for task in made.tasks):
        raise UserError(f"{where}: about.tasks must list some of {', '.join(get_args(Task))}, got {made.tasks!r}")
    return made
