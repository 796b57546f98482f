"""The JSON schema of verdicts.json, from the types of what it holds."""

from typing import Any, get_type_hints

from experiments.declare.schema import DRAFT, PLAIN, Schema, any_of, mapping, of_type


def verdicts() -> Schema:
    """The schema of verdicts.json, and of what `trickbench verdicts --format json` prints."""
    from experiments.judge.verdict import Verdict  # scipy takes half a second

    study = {
        "metric": PLAIN[str],
        "baseline": PLAIN[str],
        "sesoi": {"type": "number", "exclusiveMinimum": 0},
        "level": {"type": "number", "exclusiveMinimum": 0, "maximum": 0.05},
        "arms": {"type": "array", "items": _record(Verdict)},
    }
    title = "Verdicts of trickbench; a number that is not known is null"
    return {"$schema": DRAFT, "title": title, **mapping(study), "required": list(study)}


def _record(cls: type) -> Schema:
    """A mapping with all fields of a dataclass; NaN is written as null."""
    fields = {key: _field(hint) for key, hint in get_type_hints(cls).items()}
    return {**mapping(fields), "required": list(fields)}


def _field(hint: Any) -> Schema:
    return any_of([PLAIN[float], {"type": "null"}]) if hint is float else of_type(hint, _record)
