"""What trials recorded of themselves while they ran: what they started from, and where. Older ones did not."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from experiments.plan.arms import Trial
from experiments.plan.planned import Plan
from experiments.run import attempts

# Of each parameter hashes of its name and shape, and of its values, and their number; see `trial.beginning`.
WEIGHTS = re.compile(r"(\w{8}:\w{8}:-?\d+( |$))*")
KEY = 8  # characters of the first hash


def ended(plan: Plan) -> Iterator[tuple[Trial, dict[str, Any]]]:
    """The trials with a result, and this."""
    return ((trial, result) for trial in plan.trials if (result := attempts.result(trial)))


def starts(plan: Plan, arm: str) -> dict[int, dict[str, Any]]:
    """What the trials of an arm started from, by seed; empty for one that does not say."""
    trials = plan.by_seed[arm].items()
    return {seed: start(result) for seed, trial in trials if (result := attempts.result(trial))}


def start(result: dict[str, Any]) -> dict[str, Any]:
    """What a trial started from."""
    said = result.get("start")
    return said if isinstance(said, dict) and WEIGHTS.fullmatch(str(said.get("weights", ""))) else {}


def tensors(said: dict[str, Any]) -> set[str]:
    """The records of its weights."""
    return set(str(said.get("weights", "")).split())


def names(records: Iterable[str]) -> set[str]:
    """What tells tensors apart whatever their values: their names and shapes."""
    return {record[:KEY] for record in records}


def size(record: str) -> int:
    """How many values a tensor has; negative where all of them are equal."""
    return int(record.rpartition(":")[2])


def pretrained(seeds: Iterable[set[str]]) -> tuple[int, int] | None:
    """How many values come from a pretraining, since they are the same in every seed and no constants, and of how many.

    Args:
        seeds: The records of the weights of each.

    Returns:
        None with less than two seeds that have such records.
    """
    known = [tensors for tensors in seeds if tensors]
    if len(known) < 2:
        return None
    fixed = sum(max(0, size(tensor)) for tensor in set.intersection(*known))
    return fixed, sum(abs(size(tensor)) for tensor in known[0])


def fingerprint(said: dict[str, Any]) -> str:
    """Its data, in words."""
    samples = said.get("samples")
    train, val = (samples.get(split) for split in ("train", "val")) if isinstance(samples, dict) else (None, None)
    return f"{train or '–'} training and {val or '–'} validation samples, first validation batch {said['validation']}"


def commits(result: dict[str, Any]) -> str:
    """The commits that a trial ran at, in words."""
    return _told(_repositories(place.get("repositories")) for place in _places(result))


def machines(result: dict[str, Any]) -> str:
    """The machines that a trial ran on."""
    return _told(str(place.get("machine", "")) for place in _places(result))


def pages(result: dict[str, Any]) -> list[str]:
    """Addresses of a trial's W&B runs."""
    links = result.get("links")
    links = links if isinstance(links, list) else []
    return [link for link in links if isinstance(link, str) and link.startswith(("https://", "http://"))]


def _told(lines: Iterable[str]) -> str:
    return " → ".join(dict.fromkeys(filter(None, lines)))


def _places(result: dict[str, Any]) -> list[dict[str, Any]]:
    """Where its processes ran, each that differs from the one before."""
    places = result.get("places")
    return [place for place in places if isinstance(place, dict)] if isinstance(places, list) else []


def _repositories(said: Any) -> str:
    known = [(name, at) for name, at in said.items() if isinstance(at, dict)] if isinstance(said, dict) else []
    return ", ".join(f"{name} {at.get('commit')} ({'clean' if at.get('clean') else 'changed'})" for name, at in known)
