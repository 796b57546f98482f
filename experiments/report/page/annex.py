"""The reviewer's annex: what could prove a page wrong, as the trials recorded it while they ran."""

import math
import os
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from experiments.folder import CONFIG, LOG, TRIALS
from experiments.plan.arms import Arm
from experiments.plan.origin import digest
from experiments.report.numbers import DASH, decimals, signed
from experiments.results import recorded
from experiments.results.paired import scored
from experiments.results.study import Study


@dataclass(frozen=True)
class Audit:
    """What was recorded of an arm.

    Args:
        arm: Its name.
        code: Hash of the code that it ran; of each, where trials ran different code.
        batch: In how many seeds its first batch was its baseline's.
        weights: In how many seeds all weights that both have began alike, and how many tensors these are.
        pretrained: Share of its weights that come from a pretraining.
        optimism: By how much the best epoch would have flattered it: mean and range over seeds.
    """

    arm: str
    code: str
    batch: str
    weights: str
    pretrained: str
    optimism: str


@dataclass(frozen=True)
class Kept:
    """Where a trial's files lie, seen from the page.

    Args:
        seed: Its seed.
        links: Name → address of what is there: its config, its log, its W&B run.
    """

    seed: int
    links: dict[str, str]


def make_annex(study: Study) -> dict[str, Any]:
    """All of it."""
    results = study.results
    starts = {arm: recorded.starts(own) for arm, own in results.items()}
    ended = [result for own in results.values() for result in own.values()]
    known = [start for own in starts.values() for start in own.values() if start.get("validation")]
    return {
        "audits": [_audit(study, arm, results[arm.name], starts) for arm in study.plan.arms],
        "data": _counted(map(recorded.fingerprint, known)),
        "commits": _counted(map(recorded.commits, ended)),
        "machines": _counted(map(recorded.machines, ended)),
        "kept": {arm: links for arm, own in results.items() if (links := _kept(study, arm, own))},
    }


def _kept(study: Study, arm: str, results: recorded.Results) -> list[Kept]:
    """The files of an arm's trials, as far as they are there."""
    found = []
    pool = os.path.relpath(study.plan.folder.parent / TRIALS, study.plan.folder)
    for seed, result in results.items():
        trial = study.plan.by_seed[arm][seed]
        there = [name for name in (CONFIG, LOG) if os.path.isfile(f"{trial.place}/{name}")]
        links = {Path(name).stem: f"{pool}/{trial.origin.address}/{name}" for name in there}
        if urls := recorded.pages(result):
            links["W&B"] = urls[-1]
        found += [Kept(seed, links)] if links else []
    return found


def _audit(study: Study, arm: Arm, results: recorded.Results, starts: Mapping[str, recorded.Results]) -> Audit:
    own, theirs = starts[arm.name], starts[arm.baseline]
    paired = arm.name != arm.baseline and not arm.again
    shared = [(own[seed], theirs[seed]) for seed in own if seed in theirs] if paired else []
    return Audit(
        arm=arm.name,
        code=_code(results),
        batch=_batch([(one.get("batch"), other.get("batch")) for one, other in shared]),
        weights=_weights([(one["weights"], other["weights"]) for one, other in shared]),
        pretrained=_pretrained(own),
        optimism=_optimism(study, arm),
    )


def _code(results: recorded.Results) -> str:
    ran = [result["made_from"].get("code") for result in results.values()]
    hashes = {key: digest(code)[:12] for key, code in {id(code): code for code in ran}.items()}  # most are one object
    codes = Counter(hashes[id(code)] for code in ran)
    counted = [f"{code} ({n} trial{'s' * (n > 1)})" for code, n in sorted(codes.items())]
    return ", ".join(counted if len(codes) > 1 else codes) or DASH


def _batch(pairs: Sequence[tuple[Any, Any]]) -> str:
    known = [one == other for one, other in pairs if one and other]
    return f"{sum(known)} of {len(known)} seeds" if known else DASH


def _weights(pairs: Sequence[tuple[str, str]]) -> str:
    """Of tensors of equal name and shape; a trick that sets an initialisation changes them on purpose."""
    if not pairs:
        return DASH
    compared = [recorded.compared(one, other) for one, other in pairs]
    differ = [different for _, different in compared]
    told = f"{differ.count(0)} of {len(pairs)} seeds; {min(shared for shared, _ in compared)} tensors"
    return told + (f", up to {max(differ)} differ" if any(differ) else "")


def _pretrained(starts: recorded.Results) -> str:
    found = recorded.pretrained(starts)
    return f"{100 * found[0] / found[1]:.1f} %" if found else DASH


def _optimism(study: Study, arm: Arm) -> str:
    metric, higher = study.plan.ablation.curve
    turn, found = 1 if higher else -1, list[float]()
    done = [seed for seed, row in study.finished[arm.name].items() if scored(study, row)]
    for curve in (study.curves[arm.name].get(seed, []) for seed in done):
        values = [turn * row[metric] for row in curve if math.isfinite(row.get(metric, math.nan))]
        found += [max(values) - values[-1]] if values else []
    places = decimals(study.plan.ablation.sesoi) + 1
    spread = f" ({signed(min(found), places)} to {signed(max(found), places)})" if len(found) > 1 else ""
    return f"{signed(statistics.fmean(found), places)}{spread}" if found else DASH


def _counted(lines: Iterable[str]) -> list[str]:
    """Each different line with the number of trials that say it."""
    return [f"{line or 'not recorded'}: {n} trial{'s' * (n > 1)}" for line, n in sorted(Counter(lines).items())]
