"""What the page says is what was found."""

import dataclasses
import re
from statistics import median
from xml.etree.ElementTree import Element

import numpy as np
import pytest

from experiments.judge.rule import Word
from experiments.report.numbers import interval, percent, signed
from experiments.report.page import render
from experiments.results.study import Study
from tests.experiments.conftest import TRICKS, MakeStudy
from tests.experiments.pages import find, read, text, visible


def percentage(element: Element, name: str) -> float:
    return float(element.attrib[name].removesuffix("%"))


def number(shown: str) -> float:
    return float(shown.replace("−", "-"))


def test_the_table_holds_every_verdict_in_the_order_declared(study: Study, root: Element) -> None:
    rows = [row for row in root.iter("tr") if row.get("id", "").startswith("arm-")]
    assert [row.attrib["id"] for row in rows] == [f"arm-{arm.name}" for arm in study.plan.arms[1:]]
    for row, v in zip(rows, study.verdicts, strict=True):
        shown = text(row)
        assert v.arm == row.attrib["id"].removeprefix("arm-")
        assert f"{signed(v.mean, 3)} {interval(v.plain_low, v.plain_high, 3)}" in shown
        assert v.verdict in shown
        assert f"{percent(v.p_above)} {percent(v.p_inside)} {percent(v.p_below)} {v.k}" in shown
    assert {v.verdict for v in study.verdicts} >= {"helps", "hurts", "equivalent", "unstable"}


def test_the_summary_names_every_trick_and_its_effect(study: Study, root: Element) -> None:
    summary = text(find(root, "div", class_="summary")[0])
    assert "Two help : Feature pyramid network (+0.040, 2.14× the FLOPs), Focal loss, γ = 2 (+0.016)" in summary
    names = [text(name) for name in find(find(root, "div", class_="summary")[0], "bdi")]  # whichever way they are read
    assert {title for title, *_ in TRICKS.values()} <= set(names)
    assert "One is unstable : Tenfold learning rate (diverged in 1 of 4 runs)" in summary
    values = [row["val/miou"] for row in study.rows if row["arm"] == "baseline"]
    assert f"{np.mean(values):.4f} ± {np.std(values, ddof=1):.4f}" in summary
    for scope in ("camvid-fcn", "CamVid", "6 epochs", "4 seeds", "val/miou", "sesoi = 0.01"):
        assert scope in summary


def test_of_many_that_fared_alike_the_summary_names_the_largest_and_counts_the_rest(make_study: MakeStudy) -> None:
    conditions = {f"c{epochs}": {"trainer": {"max_epochs": epochs}} for epochs in range(7, 15)}
    study = make_study(tricks=["fpn.yaml"], placebo=None, conditions=conditions)
    summary = text(find(read(render(study)), "div", class_="summary")[0])
    found = sorted((verdict.mean for verdict in study.verdicts), reverse=True)
    assert {verdict.verdict for verdict in study.verdicts} == {"helps"}
    assert summary.startswith("Eight effects help : Feature pyramid network (c")
    for effect in found[:6]:
        assert f"({signed(effect, 3)}, 2.14× the FLOPs)" in summary
    assert summary.count("2.14× the FLOPs") == 6
    assert "2.14× the FLOPs) and 2 more." in summary
    assert "trained for 7 epochs, 8 epochs," in summary
    assert "13 epochs or 14 epochs under the conditions c7, c8, c9, c10, c11, c12, c13 and c14, each" in summary


def test_claims_are_confirmed_or_contradicted(root: Element) -> None:
    said = {arm: text(find(root, "tr", id=f"arm-{arm}")[0]) for arm in ("fpn", "drop_path", "large_lr", "placebo")}
    assert "✓ confirmed “helps”" in said["fpn"]
    assert "✗ contradicted “equivalent”" in said["drop_path"]
    assert "none" in said["large_lr"]
    assert "✓ passed" in said["placebo"]


def test_costs_are_those_of_the_rows_paired_on_the_seed(study: Study, root: Element) -> None:
    seconds = {(row["arm"], row["seed"]): row["seconds_per_step"] for row in study.rows}
    ratio = median(seconds["fpn", seed] / seconds["baseline", seed] for seed in range(4))
    timed = text(find(find(root, "table", class_="costs")[0], "tr", data_arm="fpn")[0])
    assert f"{1000 * median(seconds['fpn', seed] for seed in range(4)):.1f} ms {ratio:.2f}×" in timed
    shown = text(find(root, "tr", id="arm-fpn")[0])
    assert "128 k 1.75×" in shown
    assert "391 M 2.14×" in shown


def test_forest_positions_are_one_affine_map_of_the_values(study: Study, root: Element) -> None:
    figure = find(root, "figure", class_="forest")[0]
    at, values = [], []
    for arm, v in zip(drawn(figure), study.verdicts, strict=True):
        assert arm.attrib["data-arm"] == v.arm
        differences = dict(v.differences)
        for dot in find(arm, "circle"):
            at.append(percentage(dot, "cx"))
            values.append(differences.pop(int(dot.attrib["data-seed"])))
        assert list(differences) == ([2] if v.arm == "large_lr" else [])  # the diverged run, a cross at the frame
        if v.arm != "large_lr":
            for kind, low, high in (("verdict", v.low, v.high), ("plain", v.plain_low, v.plain_high)):
                line = find(arm, "line", class_=kind)[0]
                at += [percentage(line, "x1"), percentage(line, "x2")]
                values += [low, high]
            at += [percentage(end, "x") for end in brackets(arm)]
            values += [v.equivalence_low, v.equivalence_high]
    ticks = find(figure, "text", class_="tick")
    at += [percentage(tick, "x") for tick in ticks]
    values += [number(text(tick)) for tick in ticks]
    slope, offset = np.polyfit(values, at, 1)
    assert slope > 0
    np.testing.assert_allclose(at, slope * np.array(values) + offset, atol=0.011)
    assert min(at) >= 0
    assert max(at) <= 100


def drawn(figure: Element) -> list[Element]:
    """The arms in a plot."""
    return [group for group in find(figure, "g") if "data-arm" in group.attrib]


def brackets(arm: Element) -> list[Element]:
    """Where the equivalence bounds are drawn."""
    return [edge for edge in find(arm, "svg", class_="edge") if find(edge, "path", class_="bound")]


def test_the_word_and_what_it_was_judged_by_agree(study: Study, root: Element) -> None:
    band = find(find(root, "figure", class_="forest")[0], "rect", class_="band")[0]
    left, width = percentage(band, "x"), percentage(band, "width")
    arms = {arm.attrib["data-arm"]: arm for arm in drawn(find(root, "figure", class_="forest")[0])}
    shown = text(find(root, "ol", class_="values")[0])
    equivalent = [v for v in study.verdicts if v.verdict == "equivalent"]
    assert any(v.high > 0.01 for v in equivalent)  # whose verdict interval leaves ±Δ
    for v in equivalent:
        assert all(left < percentage(end, "x") < left + width for end in brackets(arms[v.arm]))
        bounds = interval(v.equivalence_low, v.equivalence_high, 3)
        assert f"bounds {bounds} within ±0.01" in text(find(root, "tr", id=f"arm-{v.arm}")[0])
        assert f"{interval(v.low, v.high, 3)} · bounds {bounds}" in shown
    helps = next(v for v in study.verdicts if v.verdict == "helps")
    assert f"{interval(helps.low, helps.high, 3)} above 0" in text(find(root, "tr", id=f"arm-{helps.arm}")[0])


def test_a_diverged_run_is_marked_and_does_not_stretch_the_axis(root: Element) -> None:
    arm = find(find(root, "figure", class_="forest")[0], "g", data_arm="large_lr")[0]
    edge = next(e for e in find(arm, "svg", class_="edge") if find(e, "text"))
    assert percentage(edge, "x") == 0
    assert re.fullmatch(r"seed 2 diverged: −0\.6\d\d", text(edge))
    assert len(find(arm, "path", class_="arrow")) == 4  # both intervals go on beyond both sides


@pytest.mark.parametrize("metric", ["val/miou", "val/loss"])
def test_curves_end_where_the_verdicts_stand(make_study: MakeStudy, metric: str) -> None:
    study = make_study(metric=metric, higher_is_better=metric == "val/miou", failure_value=0 if "miou" in metric else 2)
    figures = list(find(read(render(study)), "div", class_="panels")[0])[1:]
    assert study.verdicts[1].mean > 0.03  # more is better, for a loss too
    for figure, v in zip(figures, study.verdicts, strict=True):
        ticks = [tick for tick in find(figure, "text") if tick.get("class") == "tick end"]
        slope, offset = np.polyfit(
            [number(text(tick)) for tick in ticks], [(float(tick.attrib["y"]) - 4) / 1.5 for tick in ticks], 1
        )
        x, y = map(float, re.split("[ML]", find(figure, "path", class_="curve")[0].attrib["d"])[-1][:-2].split())
        if v.arm == "large_lr":
            assert x == 20  # the second of six epochs
            assert "seed 2 diverged" in text(figure)
        else:
            assert x == 100
            assert (y - offset) / slope == pytest.approx(v.mean, abs=2e-4)


def test_class_table_holds_paired_means(study: Study, root: Element) -> None:
    table = find(root, "table", class_="classes")[0]
    shown = {text(row[0]): [text(cell) for cell in row[1:]] for row in table.iter("tr")}
    iou = {(row["arm"], row["seed"]): row["val/iou/pole"] for row in study.rows}
    assert len(shown) == 12  # the header and eleven classes
    assert shown["pole"][0] == f"{np.mean([iou['baseline', seed] for seed in range(4)]):.3f}"
    assert shown["pole"][2] == signed(np.mean([iou["fpn", seed] - iou["baseline", seed] for seed in range(4)]), 3)
    complete = [iou["large_lr", seed] - iou["baseline", seed] for seed in (0, 1, 3)]
    assert shown["pole"][5] == signed(np.mean(complete), 3)


def test_registration_ledger_and_sensitivity(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(study.plan.folder.parent.parent)
    root = read(render(study))
    section = find(root, "section", id="registration")[0]
    shown = text(section)
    assert study.sha256 in shown
    assert "None: every registered trial was run" in shown
    assert "large_lr, seed 2: the loss is nan at epoch 2, step 171." in shown
    cells = find(find(section, "table", class_="ledger")[0], "td")
    assert [cell.get("class") for cell in cells].count("done") == 27
    complete = study.verdicts[4].complete
    assert complete is not None
    assert f"{signed(complete.mean, 3)} {interval(complete.low, complete.high, 3)} 3" in shown
    assert f"trickbench fit --config runs/trials/{study.plan.trials[0].origin.address}/config.yaml" in shown
    assert "trickbench ablate camvid-tricks.yaml" in shown
    assert "lightning 2.6.6" in shown


def test_what_a_trick_changes(root: Element) -> None:
    shown = text(find(root, "section", id="changes")[0])
    assert "model.loss CrossEntropy Focal(gamma=2.0, else its defaults)" in shown
    assert "model.rewrites [] [DropPath(rate=0.1)]" in shown
    assert "Somebody et al. 2017, eq. 4" in shown


def test_a_partial_study_says_so(partial_study: Study) -> None:
    root = read(render(partial_study))
    assert text(find(root, "p", role="status")[0]).startswith("12 of 28 trials finished.")
    shown = text(find(root, "section", id="registration")[0])
    assert "open: fpn seed 3; warmup seeds 1, 2, 3; drop_path seeds 0, 1, 2, 3;" in shown
    assert "not estimable" in text(find(root, "tr", id="arm-warmup")[0])
    assert "no pair of finished trials yet" in text(find(root, "figure", class_="forest")[0])
    assert not re.search(r"\b(nan|inf|None)\b", visible(root))


@pytest.mark.parametrize("settings", [{"seeds": 1}, {"seeds": 2, "placebo": False}, {"keep": lambda trial: False}])
def test_small_studies_have_no_numbers_that_are_none(make_study: MakeStudy, settings: dict[str, object]) -> None:
    root = read(render(make_study(**settings)))
    assert not re.search(r"\b(nan|inf)\b", visible(root))
    assert {text(e) for e in find(root, "h2")} >= {"Verdicts", "What each trick changes", "Registration and evidence"}


def test_an_unregistered_study_says_so(study: Study) -> None:
    root = read(render(dataclasses.replace(study, sha256="")))
    assert text(find(root, "p", role="status")[0]).startswith("Not registered.")
    assert "Nothing was registered." in text(find(root, "section", id="registration")[0])


@pytest.mark.parametrize("word", ["helps (negligible)", "hurts", "unstable", "no-op"])
def test_a_placebo_that_acts_or_never_varies_speaks_against_the_study(study: Study, word: Word) -> None:
    placebo = dataclasses.replace(study.verdicts[-1], verdict=word)
    root = read(render(dataclasses.replace(study, verdicts=[*study.verdicts[:-1], placebo])))
    assert "distrust the verdicts" in text(find(root, "div", class_="summary")[0])
    assert "✗ failed" in text(find(root, "tr", id="arm-placebo")[0])


def test_a_clock_that_the_placebo_shows_to_be_unsteady_is_named(study: Study) -> None:
    assert "other load on the machine" not in render(study)
    rows = [{**row, "seconds_per_step": 0.05} if row["arm"] == "placebo" else row for row in study.rows]
    assert "took 1.22× their time" in render(dataclasses.replace(study, rows=rows))
