"""Steps to a target: counted from the record, shown by arm, and judged like any metric."""

import csv
import math
import re
from pathlib import Path
from statistics import mean, median
from typing import Any

import pytest

from experiments.declare.ablation import read_ablation
from experiments.declare.target import STEPS, Target
from experiments.errors import UserError
from experiments.plan import registration
from experiments.report import publish
from experiments.report.page.target import notes
from experiments.results.study import Study
from tests.experiments.conftest import MakeStudy, write_ablation
from tests.experiments.pages import find, read, text, visible

MIOU = {"metric": "val/miou", "at_least": 0.66}
LOSS = {"metric": "val/loss", "at_most": 0.68}  # of these trials the same epoch: their loss is 2 − 2 mIoU
PRIMARY = {"metric": STEPS, "higher_is_better": False, "failure_value": 161, "target": MIOU, "sesoi": 23}


def expected(study: Study) -> dict[tuple[str, int], float]:
    """Steps to 0.66 straight from the files, infinite where it was not reached or the run diverged."""
    steps = {}
    for trial in study.plan.trials:
        with (trial.folder / "metrics.csv").open(encoding="utf-8", newline="") as file:
            reached = [int(row["step"]) for row in csv.DictReader(file) if float(row["val/miou"]) >= 0.66]
        steps[trial.arm, trial.seed] = min([*reached, math.inf])
    return steps


def test_the_first_validated_epoch_that_is_good_enough_counts() -> None:
    epochs = [{"step": 8 * (i + 1), "val/miou": value} for i, value in enumerate([0.1, math.nan, 0.2, 0.1, 0.3])]
    assert Target("val/miou", at_least=0.2).steps(epochs) == 24
    assert Target("val/miou", at_most=0.1).steps(epochs) == 8
    assert Target("val/miou", at_least=0.0).steps(epochs[1:]) == 24
    assert Target("val/miou", at_least=0.31).steps(epochs) is None
    assert Target("val/nothing", at_least=0.2).steps(epochs) is None


@pytest.mark.parametrize("target", [MIOU, LOSS])
def test_every_finished_trial_has_its_steps(make_study: MakeStudy, target: dict[str, Any]) -> None:
    study = make_study(target=target)
    publish.write(study)
    steps = expected(study)
    assert 5 < sum(map(math.isfinite, steps.values())) < len(steps)
    with (study.plan.folder / publish.TRIALS).open(encoding="utf-8", newline="") as file:
        written = {(row["arm"], int(row["seed"])): row[STEPS] for row in csv.DictReader(file)}
    assert written == {trial: str(value) if math.isfinite(value) else "" for trial, value in steps.items()}


def test_arms_are_compared_over_all_their_seeds(make_study: MakeStudy) -> None:
    study = make_study(target=MIOU)
    steps = expected(study)
    arms = {arm.name: [steps[arm.name, seed] for seed in arm.seeds] for arm in study.plan.arms}
    assert {math.isfinite(median(values)) for values in arms.values()} == {True, False}
    line = dict(each.split(": ", 1) for each in notes(study)[1:])
    for name, values in arms.items():
        assert line[name].startswith(f"reached by {sum(map(math.isfinite, values))} of 4, ")
        shown = f"median {median(values):.0f} steps" if math.isfinite(median(values)) else "no median"
        assert shown in line[name]
    sooner = sum(ours < theirs for ours, theirs in zip(arms["fpn"], arms["baseline"], strict=True))
    assert f"sooner than the baseline in {sooner} and later in {4 - sooner} of 4 pairs" in line["fpn"]
    page = publish.write(study)
    table = (page.with_name(publish.TABLE)).read_text(encoding="utf-8")
    assert all(each in table for each in notes(study))
    rows = find(find(read(page.read_text(encoding="utf-8")), "section", id="target")[0], "tr")
    assert [text(row).split()[0] for row in rows[1:]] == [
        "Baseline",
        "Focal",
        "Feature",
        "Linear",
        "Drop",
        "Tenfold",
        "Placebo",
    ]


def test_verdicts_can_be_about_the_steps(make_study: MakeStudy) -> None:
    study = make_study(**PRIMARY)
    scores = {trial: min(value, 161) for trial, value in expected(study).items()}
    for verdict in study.verdicts[:-1]:
        assert verdict.mean == pytest.approx(mean(scores["baseline", s] - scores[verdict.arm, s] for s in range(4)))
    assert study.verdicts[1].mean > 0  # fewer steps are better
    assert [verdict.diverged for verdict in study.verdicts] == [0, 0, 0, 0, 1, 0]  # not to reach it is not to diverge
    root = read(publish.write(study).read_text(encoding="utf-8"))
    assert not re.search(r"\b(nan(?! at)|inf|None(?!:))\b", visible(root))
    assert "Baseline: val/miou itself" in text(find(root, "section", id="curves")[0])
    assert "not reached" in text(find(root, "section", id="registration")[0])


def test_a_metric_that_no_trial_records_is_named(make_study: MakeStudy) -> None:
    study = make_study(target={"metric": "val/mIoU", "at_least": 0.5})
    assert notes(study)[:2] == [
        "Optimizer steps until val/mIoU ≥ 0.5 (no trial records val/mIoU):",
        "baseline: reached by 0 of 4, no median: too few reached it",
    ]


def test_a_study_without_target_is_as_before(study: Study, make_study: MakeStudy) -> None:
    assert notes(study) == []
    assert STEPS not in study.rows[0]
    assert "target" not in registration.content(study.plan)  # or the hash of what was registered before would change
    assert registration.content(make_study(target=MIOU).plan)["target"] == {**MIOU, "at_most": None}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"target": 0.2}, r"target must be a metric and a finite bound, such as \{metric: .*, got 0.2"),
        ({"target": {"metric": "val/miou"}}, "target must be"),
        ({"target": {**MIOU, "at_most": 0.7}}, "target must be"),
        ({"target": {"metric": "val/miou", "at_least": "high"}}, "target must be"),
        ({"metric": STEPS}, "the key 'target' is missing: a metric and a finite bound"),
        ({**PRIMARY, "higher_is_better": True}, "higher_is_better must be false, got true"),
        ({**PRIMARY, "failure_value": 0}, "failure_value must be the steps .* got 0"),
    ],
)
def test_what_would_turn_a_verdict_on_its_head_is_refused(
    tmp_path: Path, settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(UserError, match=message):
        read_ablation(str(write_ablation(tmp_path, **settings)))
