"""Curves, classes and costs of effects that are of more than two arms, or under conditions."""

import re
from pathlib import Path
from statistics import mean, median

import numpy as np
import pytest

from experiments.report import course
from experiments.report.numbers import interval, signed
from experiments.report.page import render
from experiments.report.publish import publish_report
from experiments.results.effects import list_effects
from experiments.results.study import Study
from tests.experiments import conftest
from tests.experiments.conftest import MakeStudy, make_study
from tests.experiments.pages import find, read, text

CONDITIONS = {"few": {"trainer": {"max_steps": 5}}, "many": {"trainer": {"max_steps": 9}}}


@pytest.fixture(scope="module")
def crossed(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Two tricks under two conditions, of which one changes what one of them does."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(conftest.FACTS, "many/warmup", (0.05, *conftest.FACTS["warmup"][1:]))
        patch.setitem(conftest.FACTS, "many/baseline", (0.02, *conftest.FACTS["baseline"][1:]))
        return make_study(
            tmp_path_factory.mktemp("crossed"),
            tricks=["fpn.yaml", "warmup.yaml"],
            conditions=CONDITIONS,
            expects={"warmup": {"few": "equivalent", "difference": "helps"}},
            placebo=False,
        )


def values(study: Study, arm: str, metric: str) -> list[float]:
    return [row[metric] for row in study.rows if row["arm"] == arm]


def test_each_condition_has_a_table_of_its_classes_with_its_own_baseline(crossed: Study) -> None:
    few, many = find(read(render(crossed)), "table", class_="classes")
    rows = {text(row[0]): [text(cell) for cell in row[1:]] for row in many.iter("tr")}
    titles = ("Baseline (many)", "Feature pyramid network many", "Linear warm-up over one epoch many")
    assert rows["Class"] == [*titles, "Linear warm-up over one epoch many − few"]  # the condition below the name
    pole = {arm: np.array(values(crossed, arm, "val/iou/pole")) for arm in crossed.finished}
    here, there = (pole[f"{under}/warmup"] - pole[f"{under}/baseline"] for under in ("many", "few"))
    assert rows["pole"][0] == f"{mean(pole['many/baseline']):.3f}"
    assert rows["pole"][2:] == [signed(mean(here), 3), signed(mean(here - there), 3)]
    assert text(few[1][0][1]) == "Baseline (few)"


def test_each_condition_has_its_own_baseline_curve_and_every_effect_ends_at_its_verdict(crossed: Study) -> None:
    figures = list(find(read(render(crossed)), "div", class_="panels")[0])
    assert [text(figure[0]) for figure in figures[:2]] == [
        f"Baseline ({condition}): val/miou itself" for condition in CONDITIONS
    ]
    assert [end(figure) for figure in figures[2:]] == pytest.approx([v.mean for v in crossed.verdicts], abs=2e-4)


def end(figure) -> float:
    """Where the mean of a panel ends."""
    ticks = [tick for tick in find(figure, "text") if tick.get("class") == "tick end"]
    numbers = [float(text(tick).replace("−", "-")) for tick in ticks]
    slope, offset = np.polyfit(numbers, [(float(tick.attrib["y"]) - 4) / 1.5 for tick in ticks], 1)
    _, y = map(float, re.split("[ML]", find(figure, "path", class_="curve")[0].attrib["d"])[-1][:-2].split())
    return float((y - offset) / slope)


def test_effects_stand_side_by_side_by_condition_with_their_difference(crossed: Study, capsys) -> None:
    section = find(read(render(crossed)), "section", id="conditions")[0]
    names, shown = ([text(line) for line in find(section, "ol", class_=kind)[0]] for kind in ("names", "values"))
    labels = ["few", "many", "many − few"]
    labels = ["Feature pyramid network", *labels, "Linear warm-up over one epoch", *labels]
    assert all(label in name for name, label in zip(names, labels, strict=True))
    known = {v.arm: v for v in crossed.verdicts}
    gap = known["warmup: many − few"]
    assert shown[7] == f"{signed(gap.mean, 3)} {interval(gap.plain_low, gap.plain_high, 3)} {gap.verdict}"
    few, many = (dict(known[f"{condition}/fpn"].differences) for condition in CONDITIONS)
    assert shown[3].startswith(signed(mean(many[seed] - few[seed] for seed in few), 3))
    assert shown[3].endswith("no verdict: not declared")
    publish_report(crossed.plan)
    printed = capsys.readouterr().out.splitlines()
    row = next(line for line in printed if line.startswith("warmup "))
    assert [known["few/warmup"].verdict in row, known["many/warmup"].verdict in row] == [True, True]
    assert row.endswith(gap.verdict)
    assert "| by condition | few | many | many − few |" in (crossed.plan.folder / "table.md").read_text()


def test_baselines_cost_once_their_own(crossed: Study) -> None:
    root = read(render(crossed))
    sizes, costs = (
        find(find(root, "table", class_=kind)[0], "tr", class_="baseline") for kind in ("verdicts", "costs")
    )
    assert [text(row).count("1.00×") for row in sizes] == [2, 2]
    assert [(text(row).count(" MiB"), text(row).count(" ms")) for row in costs] == [(1, 1)] * 2


def test_averages_have_curves_classes_and_the_cost_of_the_trick_alone(make_study: MakeStudy, monkeypatch) -> None:
    monkeypatch.setitem(conftest.FACTS, "focal+fpn", conftest.FACTS["fpn"])
    monkeypatch.setitem(conftest.FACTS, "full", conftest.FACTS["fpn"])
    study = make_study(design="factorial", tricks=["focal.yaml", "fpn.yaml"], placebo=False)
    root = read(render(study))
    figures = list(find(root, "div", class_="panels")[0])[1:]
    assert [end(figure) for figure in figures] == pytest.approx([v.mean for v in study.verdicts], abs=2e-4)
    pole = {arm: mean(values(study, arm, "val/iou/pole")) for arm in study.finished}
    both = next(arm.name for arm in study.plan.arms if len(arm.tricks) == 2)
    row = next(row for row in find(root, "table", class_="classes")[0].iter("tr") if text(row[0]) == "pole")
    assert text(row[3]) == signed((pole["fpn"] + pole[both] - pole["baseline"] - pole["focal"]) / 2, 3)
    seconds = {(row["arm"], row["seed"]): row["seconds_per_step"] for row in study.rows}
    ratio = median(seconds["fpn", seed] / seconds["baseline", seed] for seed in range(4))
    (row,) = find(find(root, "table", class_="costs")[0], "tr", data_arm="fpn: average of factorial")
    assert f"{ratio:.2f}×" in text(row)


def test_weights_of_every_effect_add_up_to_nothing(crossed: Study) -> None:
    weighed = [effect.weights for effect in list_effects(crossed.plan) if effect.weights]
    assert [sum(weights.values()) for weights in weighed] == [0] * 5
    assert [len(weights) for weights in weighed] == [2, 2, 2, 2, 4]


def test_the_course_of_a_race_is_drawn_seed_by_seed(tmp_path: Path) -> None:
    kept = {"baseline": range(10), "fpn": range(3), "focal": range(5), "warmup": range(3)}
    study = make_study(
        tmp_path,
        seeds=None,
        looks=[3, 5],
        tricks=["fpn.yaml", "focal.yaml", "warmup.yaml"],
        keep=lambda trial: trial.seed in kept[trial.arm],
    )
    rows = list(find(read(render(study)), "table", class_="race")[0].find("tbody"))
    drawn = [[len(find(row, "circle", class_=kind)) for kind in ("ran", "spared")] for row in rows]
    assert drawn == [[3, 2], [5, 0], [3, 2], [10, 0]]
    assert text(rows[-1][0]) == "Baseline"
    assert [len(circles) for circles in (find(svg, "circle") for svg in find(rows[0], "svg"))] == [3, 2]
    said = {line.split(":")[0]: line for line in course.lines(study)[1:]}
    assert said["●●● ○○  fpn"].startswith("●●● ○○  fpn: 3 seeds, stopped: helps.")
    assert said["●●●●●● ●●●●  baseline"] == "●●●●●● ●●●●  baseline: 10 seeds."


def test_a_trick_with_one_effect_needs_no_detail_and_has_one_card(crossed, make_study, monkeypatch) -> None:
    monkeypatch.setitem(conftest.FACTS, "full", conftest.FACTS["fpn"])
    root = read(render(crossed))
    cards = [text(card) for card in find(root, "article")[1:]]
    assert [card.split(" warmup ")[0] for card in cards if "warmup" in card] == ["Linear warm-up over one epoch"]
    assert all(detail in cards[1] for detail in ("few", "many", "many − few"))
    root = read(render(make_study(design="stacked", tricks=["fpn.yaml", "focal.yaml"], keep=lambda trial: False)))
    assert text(find(root, "tr", id="arm-focal-full-fpn")[0][0]) == "Focal loss, γ = 2 focal: full − fpn"


def test_a_placebo_at_no_cost_has_no_diverged_runs(tmp_path: Path) -> None:
    study = make_study(tmp_path, seeds=None, looks=[3, 5], keep=lambda trial: trial.arm != "large_lr")
    assert study.verdicts[-1].placebo
    placebo = find(find(read(render(study)), "figure", class_="forest")[0], "g", data_arm="placebo")[0]
    assert len(find(placebo, "circle")) == study.verdicts[-1].k > 3
    assert not find(placebo, "path", class_="cross")


def test_one_trick_under_two_conditions_is_one_question(make_study: MakeStudy) -> None:
    root = read(render(make_study(tricks=["fpn.yaml"], conditions=CONDITIONS, keep=lambda trial: False)))
    assert text(find(root, "h1")[0]).startswith("Does Feature pyramid network pay off on CamVid,")
