"""What the bundles of docs/evidence/ say of the claims about real images, judged anew."""

import contextlib
import math
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from docs.claims import REAL
from docs.curves import course, late_change, mean_interval
from experiments.declare import configs
from experiments.declare.ablation import read_ablation
from experiments.judge.verdict import Verdict
from experiments.plan.registration import content, sha256
from experiments.plan.trials import make_plan
from experiments.report.bundle import contents
from experiments.report.bundle.archive import unpack
from experiments.report.bundle.placeless import ROOT
from experiments.report.outcomes import outcome
from experiments.results.effects import list_effects
from experiments.results.study import Study

BUNDLES = Path(__file__).with_name("evidence")
READINGS = {"confirmed": "as published"}  # the other words of a claim stand as they are


@dataclass(frozen=True)
class Effect:
    """What was found of one effect.

    Args:
        name: Of the effect.
        trick: Whose effect it is.
        verdict: On it.
        reading: Of the verdict against what was registered: as published, contradicted, undecided or not tested here;
            empty where nothing was expected.
    """

    name: str
    trick: str
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
        machines: On which its trials ran, with the version of torch → how many.
        left: Trials that verdicts need and that have not ended.
    """

    sesoi: float
    effects: list[Effect]
    ends: list[End]
    machines: Counter[str]
    left: int


def found(file: Path, bundle: Path) -> Found:
    """Read the bundle of a claim.

    Raises:
        UserError: If it is no bundle, or a file of the package that it names by its name is another one by now.
        ValueError: If it was changed, or the claim is not what was registered.
    """
    with tempfile.TemporaryDirectory() as scratch:
        manifest, wrong = unpack(bundle, Path(scratch))
        if wrong:
            raise ValueError(f"{bundle} is not as it was: {wrong[0]}")
        study = contents.read(Path(scratch), manifest.stale)
        if study.sha256 != _registered(file, study):
            raise ValueError(f"{file} is not what was registered in {bundle}; take its change back, or run it anew")
        with contextlib.chdir(scratch):  # results are read when they are asked for
            machines = _machines(study)
        left = sum(row["status"].needed and not row["status"].ended for row in study.rows)
        return Found(study.plan.ablation.sesoi, list(_effects(study)), list(_ends(study)), machines, left)


def _registered(file: Path, study: Study) -> str:
    """The hash that a claim would be registered by today, on the data of a study."""
    ablation = read_ablation(str(file))
    lies = {"data": {"init_args": {"root": configs.flatten(study.plan.ablation.set).get(ROOT)}}}
    return sha256(content(make_plan(replace(ablation, set=configs.merge(ablation.set, lies)))))


def _machines(study: Study) -> Counter[str]:
    """A trial that went on elsewhere counts where it ended."""
    ended = [study.results[arm][seed] for arm, rows in study.finished.items() for seed in rows]
    places = [(each.get("places") or [{"machine": "a machine of which nothing is kept"}])[-1] for each in ended]
    both = zip(places, ended, strict=True)
    return Counter(f"{place['machine']}, torch {each['versions']['torch']}" for place, each in both)


def _effects(study: Study) -> Iterator[Effect]:
    for effect in list_effects(study.plan):
        verdict = study.judged.get(effect.name)  # a race's placebo has none before the baseline has four seeds
        if verdict and not verdict.placebo:
            said = outcome(effect, verdict)  # by the rule of `judge.claims`
            yield Effect(effect.name, effect.trick, verdict, READINGS.get(said, said))


def _ends(study: Study) -> Iterator[End]:
    ablation = study.plan.ablation
    for arm in study.plan.settled:
        changes = [late_change(curve, ablation.metric) for curve in study.curves[arm.name].values()]
        if known := [change for change in changes if math.isfinite(change)]:
            mean, low, high = mean_interval(known)
            yield End(arm.name, mean, low, high, course(low, high, ablation.sesoi))


def read_all(files: Sequence[Path] = REAL, bundles: Path = BUNDLES) -> list[Found | None]:
    """What was found of each claim; None of one without a bundle."""
    both = [(file, bundles / f"{file.stem}.bundle") for file in files]
    return [found(file, bundle) if bundle.exists() else None for file, bundle in both]
