"""What trials recorded of themselves while they ran: what they started from, and where. Older ones did not."""

import re
from collections.abc import Iterable
from typing import Any

from experiments.plan.planned import Plan
from experiments.run import attempts

# Of each parameter hashes of its name and shape, and of its values, and their number; see `trial.beginning`.
WEIGHTS = re.compile(r"(?:\w{8}:\w{8}:-?\d++(?: |$))++")
KEY = 8  # characters of the first hash
Results = dict[int, dict[str, Any]]


def results(plan: Plan) -> dict[str, Results]:
    """Arm → seed → the result of a trial that has one."""
    return {
        arm: {seed: result for seed, trial in trials.items() if (result := attempts.result(trial))}
        for arm, trials in plan.by_seed.items()
    }


def starts(results: Results) -> Results:
    """What trials started from, by seed, as far as they say it."""
    return {seed: said for seed, result in results.items() if (said := _start(result))}


def _start(result: dict[str, Any]) -> dict[str, Any] | None:
    said = result.get("start")
    weights = said.get("weights") if isinstance(said, dict) else None
    return said if isinstance(weights, str) and WEIGHTS.fullmatch(weights) else None


def compared(one: str, other: str) -> tuple[int, int]:
    """How many tensors of equal name and shape two trials have, and how many of these began with other values."""
    if one == other:
        return len(one.split()), 0
    ours, theirs = ({record[:KEY]: record for record in weights.split()} for weights in (one, other))
    shared = ours.keys() & theirs.keys()
    return len(shared), sum(ours[key] != theirs[key] for key in shared)


def size(record: str) -> int:
    """How many values a tensor has; negative where all of them are equal."""
    return int(record.rpartition(":")[2])


def pretrained(starts: Results) -> tuple[int, int] | None:
    """How many values come from a pretraining, since they are the same in every seed and no constants, and of how many.

    Args:
        starts: What the trials of an arm started from.

    Returns:
        None with less than two seeds that have such records.
    """
    known = [set(said["weights"].split()) for said in starts.values()]
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
