"""Bundles are pooled: what each trick does over several data sets."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from experiments.errors import UserError
from experiments.judge.meta import Pooled, pool
from experiments.plan.origin import digest
from experiments.report.meta.opened import Opened, Part, read


@dataclass(frozen=True)
class Trick:
    """A trick over the studies.

    Args:
        name: What it is called, by the first study that has it.
        parts: What each says.
        pooled: What they say together.
    """

    name: str
    parts: tuple[Part, ...]
    pooled: Pooled


@dataclass(frozen=True)
class Meta:
    """Several bundles, pooled.

    Args:
        opened: The bundles.
        tricks: Those that two or more of them have, in the order of the first.
        notes: A line for each thing that was not pooled, or that pooling rests on.
    """

    opened: tuple[Opened, ...]
    tricks: tuple[Trick, ...]
    notes: tuple[str, ...]


def pool_bundles(files: Sequence[Path]) -> Meta:
    """Pool the effect of each trick that two or more bundles have.

    Tricks are the same if they change the same, whatever they are called.

    Raises:
        UserError: If there is only one bundle, one was changed or cannot be read, they are about different metrics, two
            hold the same ablation, or no trick is in two of them.
    """
    if len(files) < 2:
        raise UserError(f"meta pools two or more bundles, got {len(files)}; `trickbench verify` checks a single one")
    stems = [file.stem for file in files]
    opened = [read(file, file.stem if stems.count(file.stem) == 1 else str(file)) for file in files]
    for one, other in combinations(opened, 2):
        _refuse_pair(one, other)
    groups: dict[str, list[Part]] = {}
    for part in (part for each in opened for part in each.parts):
        groups.setdefault(digest([part.change, part.condition]), []).append(part)
    tricks = [Trick(parts[0].name, tuple(parts), _pool(parts)) for parts in map(_known, groups.values()) if parts]
    notes = [*_same_data(opened), *_left_out(opened, groups), *_cautious(tricks)]
    if not tricks:
        raise UserError(f"no trick's effect is known in two of these bundles: {' '.join(notes) or 'they share none'}")
    return Meta(tuple(opened), tuple(tricks), tuple(notes))


def _known(parts: Sequence[Part]) -> list[Part]:
    """Those that can be pooled; none if that is only one."""
    found = [part for part in parts if part.estimable]
    return found if len({part.study for part in found}) > 1 else []


def _pool(parts: Sequence[Part]) -> Pooled:
    return pool([part.verdict.effect for part in parts], [part.verdict.se for part in parts])


def _refuse_pair(one: Opened, other: Opened) -> None:
    if (one.metric, one.higher_is_better) != (other.metric, other.higher_is_better):
        said = [f"{each.name} about {each.metric} ({_better(each)} is better)" for each in (one, other)]
        raise UserError(f"effects on different metrics cannot be pooled: {said[0]}, {said[1]}")
    if one.identity == other.identity:
        raise UserError(f"{one.name} and {other.name} hold the same ablation, which would count twice")


def _better(opened: Opened) -> str:
    return "higher" if opened.higher_is_better else "lower"


def _same_data(opened: Sequence[Opened]) -> Iterator[str]:
    sharing: dict[str, list[str]] = {}
    for each in opened:
        sharing.setdefault(each.fingerprint, []).append(each.name)
    for names in sharing.values():
        if len(names) > 1:
            several = f"{', '.join(names[:-1])} and {names[-1]}"
            yield f"{several} have the same data: not independent, so the intervals are too narrow."


def _left_out(opened: Sequence[Opened], groups: Mapping[str, Sequence[Part]]) -> Iterator[str]:
    """What was not pooled, and what was though it is called otherwise."""
    for each in opened:
        if not each.parts:
            yield f"{each.name} compares no trick alone with its baseline, so that it has no part in this."
    for parts in groups.values():
        for part in parts:
            if part.name != parts[0].name and _known(parts):
                yield f"{part.name} of {part.study} is {parts[0].name} of {parts[0].study} by another name: pooled."
            if not part.estimable and len(parts) > 1:
                yield f"{part.name} of {part.study} has no standard error (K = {part.verdict.k}): left out."
    yield from _singles(groups.values())


def _singles(groups: Collection[Sequence[Part]]) -> Iterator[str]:
    """Why tricks are in one study alone: another one may be called as it is."""
    every = [part for parts in groups for part in parts]
    alone, told = dict[str, list[str]](), list[tuple[Part, Part]]()
    for part in (parts[0] for parts in groups if len({part.study for part in parts}) == 1):
        namesake = next((other for other in every if other.name == part.name and other.study != part.study), None)
        if namesake is None:
            alone.setdefault(part.study, []).append(part.name)
        elif (namesake, part) not in told:
            told.append((part, namesake))
            yield _differing(part, namesake)
    for study, names in alone.items():
        yield f"In {study} alone, so not pooled: {', '.join(names)}."


def _differing(part: Part, namesake: Part) -> str:
    keys = [key for key in {**part.change, **namesake.change} if part.change.get(key) != namesake.change.get(key)]
    values = f"{part.change.get(keys[0], '–')} and {namesake.change.get(keys[0], '–')}"
    return f"{part.name} is not the same in {part.study} and {namesake.study} ({keys[0]}: {values}): not pooled."


def _cautious(tricks: Sequence[Trick]) -> Iterator[str]:
    names = [trick.name for trick in tricks if trick.pooled.factor < 0.99]
    if names:
        yield f"{', '.join(names)}: the studies agree better than their standard errors would have it; not counted."
