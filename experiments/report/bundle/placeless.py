"""What a bundle says otherwise: the folder of the data by its name, and nothing of where or on what it was trained."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from experiments.declare import configs
from experiments.declare.loader import Loader
from experiments.folder import TRIALS
from experiments.plan import registration
from experiments.plan.planned import Plan
from experiments.plan.trials import with_arms

ROOT = "data.init_args.root"
OF_A_MACHINE = ("argv", "fingerprint", "by")  # words with its folders, the hash of these, its name and a process
Said = Mapping[str, str]


def without_places(plan: Plan) -> Plan:
    """The plan with the data by the name of their folder, where the ablation or `--data` says its whole path.

    Trials and registration then have other hashes, for the path is part of what these are of.
    """
    root = configs.flatten(plan.ablation.set).get(ROOT)
    if not (isinstance(root, str) and Path(root).is_absolute()):
        return plan
    said = {root: Path(root).name}
    arms = [
        replace(arm, layers=tuple(each if isinstance(each, Path) else told(each, said) for each in arm.layers))
        for arm in plan.arms
    ]
    ablation = replace(plan.ablation, set=told(plan.ablation.set, said))
    return with_arms(replace(plan, ablation=ablation), arms)


def differently(plan: Plan, named: Plan, runs: str) -> Said:
    """What the plan's files say → what the bundle's say.

    Args:
        plan: The plan.
        named: The same, placeless.
        runs: Folder for results in the bundle.
    """
    both = list(zip(plan.trials, named.trials, strict=True))
    places = {one.place: f"{runs}/{TRIALS}/{other.folder.name}" for one, other in both}
    digests = {one.origin.config: other.origin.config for one, other in both}
    root = {configs.flatten(plan.ablation.set).get(ROOT, ""): configs.flatten(named.ablation.set).get(ROOT, "")}
    return {old: new for old, new in {**root, **places, **digests}.items() if old != new}


def told(content: Any, said: Said) -> Any:
    """What JSON or YAML holds, with other words in the place of some."""
    if isinstance(content, Mapping):
        return {key: told(value, said) for key, value in content.items()}
    if isinstance(content, list):
        return [told(value, said) for value in content]
    return said.get(content, content) if isinstance(content, str) else content


def rewritten(source: Path, said: Said) -> bytes:
    """The content of a file as the bundle has it; to the byte as it is, where there is nothing to say otherwise."""
    raw = source.read_bytes()
    if source.suffix == ".yaml":
        return _yaml(raw, said)
    if source.suffix == ".jsonl":
        return b"".join(_json(line, said) for line in raw.splitlines(keepends=True))
    return _json(raw, said) if source.suffix == ".json" else raw


def _yaml(raw: bytes, said: Said) -> bytes:
    try:
        content = yaml.load(raw, Loader)
    except yaml.YAMLError:
        return raw  # what is damaged is told as it is
    now = told(content, said)
    return raw if now == content else yaml.safe_dump(now, sort_keys=False, allow_unicode=True).encode()


def _json(raw: bytes, said: Said) -> bytes:
    try:
        content = json.loads(raw)
    except (ValueError, RecursionError):
        return raw
    if not isinstance(content, dict):
        return raw
    now = told({key: value for key, value in content.items() if key not in OF_A_MACHINE}, said)
    if now == content:
        return raw
    if content.get("sha256") == registration.sha256(registration.promised(content)):  # one that was not edited
        now["sha256"] = registration.sha256(registration.promised(now))
    return json.dumps(now).encode() + b"\n"
