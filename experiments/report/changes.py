"""Which verdicts changed between two times that they were told."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from experiments.errors import UserError
from experiments.files import as_csv, read_json
from experiments.report.numbers import decimals
from experiments.report.text import aligned, interval_cell, printable, signed_cell

SETTLED = ("metric", "baseline", "sesoi")  # what two tellings must share to be about the same question
NONE = "–"


@dataclass(frozen=True)
class Change:
    """An arm then and now; empty where it was not judged."""

    arm: str
    old: str
    new: str
    old_effect: str
    new_effect: str


def told(path: Path) -> dict[str, Any]:
    """The verdicts in a JSON of `trickbench verdicts --format json`, or a report's verdicts.json.

    Raises:
        UserError: If the file does not hold any.
    """
    study = read_json(path) or {}
    arms, sesoi = study.get("arms"), study.get("sesoi")
    if (
        not isinstance(arms, list)
        or not isinstance(sesoi, int | float)
        or sesoi <= 0
        or not all(map(_is_verdict, arms))
    ):
        raise UserError(f"{path} holds no verdicts: not the JSON of `trickbench verdicts --format json` or a report")
    return study


def _is_verdict(arm: Any) -> bool:
    if not isinstance(arm, dict) or not all(isinstance(arm.get(key), str) for key in ("arm", "verdict")):
        return False
    return all(isinstance(arm.get(key), int | float | None) for key in ("mean", "low", "high"))


def list_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    """The arms whose verdict is another one, in the order of the new ones; what is judged no more comes last."""
    before, after = ({arm["arm"]: arm for arm in study["arms"]} for study in (old, new))
    arms = dict.fromkeys([*after, *before])
    places = decimals(min(old["sesoi"], new["sesoi"]))
    both = [_change(arm, before.get(arm, {}), after.get(arm, {}), places) for arm in arms]
    return [each for each in both if each.old != each.new]


def _change(arm: str, before: Mapping[str, Any], after: Mapping[str, Any], places: int) -> Change:
    return Change(
        arm, before.get("verdict", ""), after.get("verdict", ""), _effect(before, places), _effect(after, places)
    )


def _effect(arm: Mapping[str, Any], places: int) -> str:
    if arm.get("mean") is None:
        return ""
    low, high = (arm.get(end) for end in ("low", "high"))
    interval = "" if low is None or high is None else f" {interval_cell(low, high, places)}"
    return f"{signed_cell(arm['mean'], places)}{interval} (K = {arm.get('k')})"


def table_text(changed: Sequence[Change]) -> str:
    """The changes as aligned columns for a terminal; empty if there are none."""
    names = ["arm", "verdict before", "verdict now", "before", "now"]
    rows = [names, *([printable(value) or NONE for value in asdict(each).values()] for each in changed)]
    return "\n".join([*aligned(rows), "", ""]) if changed else ""


def json_text(changed: Sequence[Change]) -> str:
    """The changes as JSON."""
    return json.dumps([asdict(each) for each in changed], indent=2, ensure_ascii=False) + "\n"


def csv_text(changed: Sequence[Change]) -> str:
    """The changes as CSV."""
    return as_csv((each.name for each in fields(Change)), (asdict(each).values() for each in changed))


def differing(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """A line for each thing by which the two are not about the same question."""
    pairs = [(name, old.get(name), new.get(name)) for name in SETTLED]
    return [f"Judged by another {name}: {before} before, {now} now." for name, before, now in pairs if before != now]


def summary(changed: Sequence[Change], old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """How many verdicts changed of the arms that both judge, and how many arms only one does, in a line."""
    before, after = ({arm["arm"] for arm in study["arms"]} for study in (old, new))
    both = len(before & after)
    changes = sum(each.arm in before & after for each in changed)
    alone = [(len(after - before), "judged only now"), (len(before - after), "no longer judged")]
    more = "".join(f"; {count} arm{'s' if count > 1 else ''} {said}" for count, said in alone if count)
    return f"{changes or 'None'} of {both} verdicts changed{more}."
