"""A bundle, read for what it says of each trick alone beside its baseline."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from scipy import special

from experiments.declare import configs
from experiments.errors import UserError
from experiments.judge.alphas import ALPHA
from experiments.judge.verdict import Verdict
from experiments.plan.arms import PLACEBO
from experiments.plan.origin import digest
from experiments.report.bundle import contents
from experiments.report.bundle.archive import unpack
from experiments.report.scope import describe_scope
from experiments.results.effects import Effect, list_effects
from experiments.results.study import Study


@dataclass(frozen=True)
class Part:
    """What one study says of a trick alone beside its baseline.

    Args:
        study: Name of the bundle's file.
        name: Of the trick there, with its condition.
        condition: What it was tried under; empty where there are no conditions.
        change: What the trick sets, by dotted key.
        verdict: On its effect.
    """

    study: str
    name: str
    condition: str
    change: configs.Config
    verdict: Verdict

    @property
    def estimable(self) -> bool:
        """Whether its effect has a standard error."""
        return self.verdict.se > 0  # NaN is not

    @property
    def interval(self) -> tuple[float, float]:
        """Of its effect, 95 %."""
        half = -self.verdict.se * float(special.stdtrit(self.verdict.df, ALPHA / 2))
        return self.verdict.effect - half, self.verdict.effect + half


@dataclass(frozen=True)
class Opened:
    """A bundle, read.

    Args:
        name: Of its file, with its folder where several are called so.
        identity: The registered hash, or the file's where nothing was registered.
        metric: What its effects are on.
        higher_is_better: Its direction.
        sesoi: Smallest effect of interest.
        data: What it was trained on, in words.
        fingerprint: Of its data's configs.
        parts: Of each trick alone, under each condition.
    """

    name: str
    identity: str
    metric: str
    higher_is_better: bool
    sesoi: float
    data: str
    fingerprint: str
    parts: tuple[Part, ...]


def read(file: Path, name: str) -> Opened:
    """Read a bundle.

    Args:
        file: The bundle.
        name: What to call it.

    Raises:
        UserError: If it is none, or was changed.
    """
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        manifest, wrong = unpack(file, folder)
        if wrong:
            raise UserError(f"{file}: {wrong[0]}; `trickbench verify` says more")
        study = contents.read(folder, manifest.stale)
        ablation = study.plan.ablation
        return Opened(
            name=name,
            identity=study.sha256 or sha256(file.read_bytes()).hexdigest(),
            metric=ablation.metric,
            higher_is_better=ablation.higher_is_better,
            sesoi=ablation.sesoi,
            data=describe_scope(study)["data"],
            fingerprint=digest([arm.merged.get("data") for arm in study.plan.baselines]),
            parts=tuple(_parts(study, name)),
        )


def _parts(study: Study, name: str) -> Iterator[Part]:
    known = study.judged
    for effect in list_effects(study.plan):
        if effect.name in known and _alone(effect):
            arm = study.plan.arm(next(iter(effect.weights)))
            change = configs.settings(arm.content(effect.trick))
            yield Part(name, effect.name, effect.condition, change, known[effect.name])


def _alone(effect: Effect) -> bool:
    return effect.compared is not None and effect.compared.alone and effect.trick != PLACEBO
