"""What a report is made from, as a folder that needs nothing else of the machine or the user, and the report on it."""

import contextlib
import json
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from experiments.declare import configs
from experiments.declare.ablation import Ablation, read_ablation
from experiments.folder import (
    CONFIG,
    COSTS,
    IMAGES,
    LEDGER,
    METRICS,
    PICTURES,
    REGISTRATION,
    RESULT,
    TRIAL,
    TRIALS,
)
from experiments.images import store
from experiments.plan.planned import Plan
from experiments.plan.trials import make_plan
from experiments.report.bundle.placeless import Said, differently, rewritten, without_places
from experiments.report.publish import write
from experiments.results.study import Study, read_study
from experiments.results.tuning import tuned
from experiments.run.budgets import budgeted
from experiments.steer.path import known

ABLATION, RUNS = "ablation.yaml", "runs"
EVIDENCE = (TRIAL, CONFIG, METRICS, RESULT)  # of each trial, beside the scores of its images


def gather(plan: Plan, folder: Path, pictures: bool = True) -> None:
    """Copy all that the report of an ablation reads, byte for byte but for what names places, see `without_places`.

    The scores of single images, most of a bundle, are not pressed one by one, since a bundle is pressed as a whole.

    The ablation's YAML alone is written anew, with the files that it names beside it; its launcher decides nothing.

    Args:
        plan: The ablation.
        folder: Of the bundle.
        pictures: Whether the images that the page shows come along.
    """
    named = without_places(plan)
    _declare(named.ablation, folder)
    said, home = differently(plan, named, RUNS), folder / RUNS / plan.ablation.name
    for name in (REGISTRATION, LEDGER):
        _copy(plan.folder / name, home / name, said)
    for cost in (plan.folder / COSTS).rglob("*.json"):
        _copy(cost, home / cost.relative_to(plan.folder), said)
    places = {
        trial.folder: folder / RUNS / TRIALS / there.folder.name
        for trial, there in zip(plan.trials, named.trials, strict=True)
    }
    for trial_folder, place in places.items():
        for name in EVIDENCE:
            _copy(trial_folder / name, place / name, said)
        _scores(trial_folder / IMAGES, place / IMAGES)
    for trials in plan.by_seed.values() if pictures else ():  # the page shows one seed
        drawn = [trials[seed].folder for seed in sorted(trials) if (trials[seed].folder / PICTURES).is_file()]
        for trial_folder in drawn[:1]:
            _copy(trial_folder / PICTURES, places[trial_folder] / PICTURES, said)


def read(folder: Path, stale: Sequence[str]) -> Study:
    """The study of such a folder.

    Args:
        folder: The folder.
        stale: What was made by other code than there was where the trials lie, which no other place can tell.

    Raises:
        UserError: If no plan can be made of it, or another one is registered.
    """
    with contextlib.chdir(folder):
        return _read(stale)


def report(folder: Path, stale: Sequence[str]) -> Study:
    """Report on such a folder as `trickbench report` does that is run in it; see `read`."""
    with contextlib.chdir(folder):
        study = _read(stale)
        write(study)
    return study


def _read(stale: Sequence[str]) -> Study:
    plan = known(tuned(budgeted(make_plan(read_ablation(ABLATION), Path(RUNS)))))
    return replace(read_study(plan), stale=list(stale))


def _declare(ablation: Ablation, folder: Path) -> None:
    """Write the ablation with its name, and copies of the files that it names; the package's own keep their names."""
    said, beside = configs.read_yaml(ablation.file), ablation.file.parent

    def copied(kind: str, source: Path, name: str) -> str:
        _copy(source, folder / kind / f"{name}.yaml")
        return f"{kind}/{name}.yaml"

    def found(kind: str, name: str) -> str:
        source = configs.find(kind, name, beside)
        ours = source.parent.parent == configs.PACKAGE
        return configs.called(kind, source) if ours else copied(kind, source, source.stem)

    tricks = [[found("tricks", name) for name in slot] for slot in ablation.slots]
    content = {**said, "name": ablation.name, "baseline": found("baselines", ablation.baseline), "tricks": tricks}
    if ablation.set:
        content["set"] = ablation.set  # with what the command line said of the data
    if "conditions" in said:
        layers = ablation.conditions.items()
        content["conditions"] = {n: copied("conditions", x, n) if isinstance(x, Path) else x for n, x in layers}
    content.pop("launcher", None)
    (folder / ABLATION).write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _scores(source: Path, target: Path) -> None:
    if source.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            store.unpress(source, target)
        except (zipfile.BadZipFile, zlib.error):  # a damaged one stays what it is
            _copy(source, target)


def _copy(source: Path, target: Path, said: Said = MappingProxyType({})) -> None:
    if source.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(rewritten(source, said))
