"""Writes the table of docs/evidence.md: `make evidence`, after `trickbench bundle` of a claim that was run whole.

    trickbench bundle claims/real/NAME --data FOLDER --no-images -o docs/evidence/NAME.bundle

What is claimed, published and expected comes from the comment that opens the claim's YAML, like what explains a
difference (`Explained`); what was found comes from the bundle, judged anew.
"""

import math
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from docs.claims import REAL, sheet
from docs.console import between
from docs.curves import course, late_change, mean_interval
from experiments.declare import configs
from experiments.declare.ablation import read_ablation
from experiments.judge.verdict import Verdict
from experiments.plan.registration import content, sha256
from experiments.plan.trials import make_plan
from experiments.report.bundle import contents
from experiments.report.bundle.archive import unpack
from experiments.report.bundle.placeless import ROOT
from experiments.report.numbers import decimals, interval, signed
from experiments.report.outcomes import outcome
from experiments.results.effects import list_effects
from experiments.results.study import Study

PAGE = Path(__file__).with_suffix(".md")
BUNDLES = Path(__file__).with_suffix("")
READINGS = {"confirmed": "as published"}  # the other words of a claim stand as they are
SAID = ("Claim", "Condition", "Published", "Expected")
HEAD = ("claims/real/", "claim", "condition", "published", "expected", "found", "curves at the end", "explained")
NOT_RUN = "not run whole yet"


@dataclass(frozen=True)
class Effect:
    """What was found of one effect.

    Args:
        name: Of the effect.
        verdict: On it.
        reading: Of the verdict against what was registered: as published, contradicted, undecided or not tested here;
            empty where nothing was expected.
    """

    name: str
    verdict: Verdict
    reading: str


@dataclass(frozen=True)
class End:
    """How an arm's curves end.

    Args:
        arm: Name of the arm.
        change: Of the metric over the last fifth, the mean over seeds.
        low: Of its 95 % interval.
        high: Of its 95 % interval.
        word: What that says.
    """

    arm: str
    change: float
    low: float
    high: float
    word: str


@dataclass(frozen=True)
class Found:
    """What a bundle says, judged anew.

    Args:
        sesoi: Smallest effect that matters.
        effects: Those that the claim is about.
        ends: Of the arms that are compared.
    """

    sesoi: float
    effects: list[Effect]
    ends: list[End]


def found(file: Path, bundle: Path) -> Found:
    """Read the bundle of a claim.

    Raises:
        UserError: If it is no bundle, or a file of the package that it names by its name is another one by now.
        ValueError: If it was changed, trials are missing that a verdict needs, or the claim is not what was registered.
    """
    with tempfile.TemporaryDirectory() as scratch:
        manifest, wrong = unpack(bundle, Path(scratch))
        if wrong:
            raise ValueError(f"{bundle} is not as it was: {wrong[0]}")
        study = contents.read(Path(scratch), manifest.stale)
        if left := sum(row["status"].needed and not row["status"].ended for row in study.rows):
            raise ValueError(f"{bundle} is of a claim that was not run whole: {left} trials are left")
        if study.sha256 != _registered(file, study):
            raise ValueError(f"{file} is not what was registered in {bundle}; take its change back, or run it anew")
        return Found(study.plan.ablation.sesoi, list(_effects(study)), list(_ends(study)))


def _registered(file: Path, study: Study) -> str:
    """The hash that a claim would be registered by today, on the data of a study."""
    ablation = read_ablation(str(file))
    lies = {"data": {"init_args": {"root": configs.flatten(study.plan.ablation.set).get(ROOT)}}}
    return sha256(content(make_plan(replace(ablation, set=configs.merge(ablation.set, lies)))))


def _effects(study: Study) -> Iterator[Effect]:
    for effect in list_effects(study.plan):
        verdict = study.judged.get(effect.name)  # a race's placebo has none before the baseline has four seeds
        if verdict and not verdict.placebo:
            said = outcome(effect, verdict)  # by the rule of `judge.claims`
            yield Effect(effect.name, verdict, READINGS.get(said, said))


def _ends(study: Study) -> Iterator[End]:
    ablation = study.plan.ablation
    for arm in study.plan.settled:
        changes = [late_change(curve, ablation.metric) for curve in study.curves[arm.name].values()]
        if known := [change for change in changes if math.isfinite(change)]:
            mean, low, high = mean_interval(known)
            yield End(arm.name, mean, low, high, course(low, high, ablation.sesoi))


def row(file: Path, told: Found | None) -> str:
    """A line of the table: a claim, and what was found of it."""
    said = sheet(file)
    fields = [said[field] for field in SAID]
    if told is None:
        return _line([f"`{file.stem}`", *fields, NOT_RUN, "", ""])
    places = decimals(told.sesoi)
    effects = "<br>".join(_effect(effect, places) for effect in told.effects)
    ends = "<br>".join(
        f"`{end.arm}` {signed(end.change, places)} {interval(end.low, end.high, places)}: {end.word}"
        for end in told.ends
    )
    return _line([f"[`{file.stem}`](evidence/{file.stem}.bundle)", *fields, effects, ends, said.get("Explained", "")])


def _effect(effect: Effect, places: int) -> str:
    verdict = effect.verdict
    plain, judged = interval(verdict.plain_low, verdict.plain_high, places), interval(verdict.low, verdict.high, places)
    figures = f"{signed(verdict.effect, places)}, plain {plain}, of the verdict {judged}, K = {verdict.k}"
    return f"`{effect.name}` {figures}: {', '.join(filter(None, [verdict.verdict, effect.reading]))}"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def summary(all_found: Sequence[Found | None]) -> str:
    """How many of the claims were run, and what came of their effects."""
    run = [each for each in all_found if each]
    counts = Counter(effect.reading or "nothing expected" for each in run for effect in each.effects)
    told = ", ".join(f"{count} {word}" for word, count in counts.most_common())
    return f"{len(run)} of {len(all_found)} claims were run whole{f'; of their effects {told}' if told else ''}."


def read_all(files: Sequence[Path] = REAL, bundles: Path = BUNDLES) -> list[Found | None]:
    """What was found of each claim; None of one without a bundle."""
    both = [(file, bundles / f"{file.stem}.bundle") for file in files]
    return [found(file, bundle) if bundle.exists() else None for file, bundle in both]


def table(all_found: Sequence[Found | None], files: Sequence[Path] = REAL) -> str:
    """The summary and the table, as Markdown."""
    rows = [row(file, each) for file, each in zip(files, all_found, strict=True)]
    return "\n".join([summary(all_found), "", _line(HEAD), _line(["---"] * len(HEAD)), *rows])


if __name__ == "__main__":
    text = between(PAGE.read_text(encoding="utf-8"), "make evidence", table(read_all()))
    PAGE.write_text(text, encoding="utf-8")
