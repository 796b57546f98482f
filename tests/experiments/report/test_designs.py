"""Reports of other designs than `alone`."""

import re
from pathlib import Path

import numpy as np
import pytest

from experiments.report.numbers import interval, signed
from experiments.report.page import render
from experiments.report.publish import publish_report
from experiments.results.study import read_study
from tests.experiments import conftest
from tests.experiments.pages import find, read, text

ORDER = ("fpn", "focal", "large_lr", "warmup")  # two of them alternatives
FPN = conftest.FACTS["fpn"][0]


class Added(dict):
    """What arms are like: the effects of their tricks add up."""

    def __missing__(self, arm):
        if "/" in arm:
            return self[arm.split("/")[-1]]
        how, _, last = arm.rpartition("-")
        known = list(conftest.TRICKS)
        tricks = {
            "all-but": [trick for trick in known if trick != last],
            "upto": known[: known.index(last) + 1] if last in known else [],
        }.get(how, known if arm == "full" else arm.split("+"))
        return (sum(self[trick][0] for trick in tricks), 0.005, *conftest.FACTS["fpn"][2:])


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(conftest, "FACTS", Added(conftest.FACTS))
    monkeypatch.setattr(conftest, "DIVERGED", ())
    return lambda **settings: conftest.make_study(tmp_path, **settings)


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ({"design": "screen"}, [f"{trick}: average of screen" for trick in conftest.TRICKS]),
        (
            {"design": "factorial", "tricks": [["fpn.yaml", "warmup.yaml"], "focal.yaml"]},
            [f"{trick}: average of factorial" for trick in ("fpn", "warmup", "focal")],
        ),
        (
            {"design": "without", "tricks": ["fpn.yaml", "focal.yaml"]},
            ["fpn: full − all-but-fpn", "focal: full − all-but-focal"],
        ),
        (
            {"design": "stacked", "tricks": ["focal.yaml", "fpn.yaml", "warmup.yaml"]},
            ["focal", "fpn: upto-fpn − focal", "warmup: full − upto-fpn"],
        ),
    ],
)
def test_every_design_is_told_on_the_page_and_as_text(make, capsys, settings, names):
    study = make(**settings)
    assert [verdict.arm for verdict in study.verdicts] == [*names, "placebo"]
    page = read(render(study))
    rows = [row for row in page.iter("tr") if row.get("id", "").startswith("arm-")]
    assert [text(find(row, "small")[0]) for row in rows[:-1]] == names
    publish_report(study.plan)
    shown = [line.split("  ")[0] for line in capsys.readouterr().out.splitlines()]
    assert [name for name in shown if name in names] == names
    fpn = next(verdict for verdict in study.verdicts if verdict.arm.startswith("fpn"))
    assert fpn.effect == pytest.approx(FPN, abs=0.012)
    assert fpn.verdict == "helps"


@pytest.mark.parametrize("race", [{"looks": [2, 3], "seeds": None}, {"seeds": 3}], ids=["raced", "fixed"])
def test_each_condition_has_its_placebo(make, capsys, race):
    conditions = {"plain": {}, "long": {"trainer": {"max_epochs": 7}}}
    tricks = ["fpn.yaml", "focal.yaml", "warmup.yaml"]
    study = make(conditions=conditions, tricks=tricks, expects={"fpn": {"difference": "equivalent"}}, **race)
    effects = [f"{condition}/{trick}" for condition in conditions for trick in ("fpn", "focal", "warmup")]
    placebos = ["plain/placebo", "long/placebo"]
    assert [verdict.arm for verdict in study.verdicts] == [*effects, "fpn: long − plain", *placebos]
    assert [verdict.k for verdict in study.verdicts] == [3] * 9
    assert {arm.plain for arm in study.plan.arms} == {"baseline", "fpn", "focal", "warmup"} | (
        set() if study.plan.ablation.looks else {"placebo"}
    )
    page = text(read(render(study)))
    assert re.search("(Two|Three) effects help :", page)  # those of one trick
    assert "The placebo under plain, the baseline again on fresh seeds, shows" in page
    assert "Placebo (long)" in page
    publish_report(study.plan)
    assert {line.split(" ")[0] for line in capsys.readouterr().out.splitlines()} >= {*effects, *placebos}


def test_a_ladder_shows_each_seeds_way_and_what_every_step_adds(make, capsys):
    study = make(design="stacked", tricks=["fpn.yaml", ["focal.yaml", "large_lr.yaml"], "warmup.yaml"], placebo=False)
    figure = find(read(render(study)), "figure", class_="forest ladder")[0]
    names, levels = ([text(line) for line in find(figure, "ol", class_=kind)[0]] for kind in ("names", "values"))
    rungs = ["Baseline", *(f"+ {conftest.TRICKS[t][0]}" for t in ORDER)]
    assert all(name.startswith(f"{rung} 0.") for name, rung in zip(names, rungs, strict=True))
    arms = ["baseline", *(each.arm for each in study.plan.comparisons)]
    miou = {(row["arm"], row["seed"]): row["val/miou"] for row in study.rows}
    assert [float(level.split()[0]) for level in levels] == pytest.approx(
        [sum(miou[arm, seed] for seed in range(4)) / 4 for arm in arms], abs=1e-4
    )
    dots = [(float(d.attrib["cx"][:-1]), int(d.attrib["data-seed"])) for d in find(figure, "circle")]
    values = [miou[arm, seed] for arm in arms for seed in range(4)]
    slope, offset = np.polyfit(values, [x for x, _ in dots], 1)
    np.testing.assert_allclose([x for x, _ in dots], slope * np.array(values) + offset, atol=0.011)
    way = find(find(figure, "g", class_="seed")[0], "line")
    places = dict(zip(arms, (x for x, seed in dots if seed == 0), strict=True))
    ends = [[float(line.attrib[end][:-1]) for end in ("x1", "x2")] for line in way]
    assert ends == [[places[each.against], places[each.arm]] for each in study.plan.comparisons]
    publish_report(study.plan)
    printed = capsys.readouterr().out
    fpn = next(line for line in printed.splitlines() if line.startswith("+ fpn"))
    assert f"{study.verdicts[0].mean:+.3f}" in fpn
    assert fpn.endswith("helps")
    assert r"| stacked, from its foot | val/miou | step |" in (study.plan.folder / "table.md").read_text()


def heat(page):
    table = find(page, "table", class_="heat")[0]
    return [[(cell.get("class", ""), text(cell)) for cell in row[1:]] for row in table.find("tbody")]


def test_a_factorial_shows_interactions_and_credit(make):
    study = make(design="factorial", tricks=[["fpn.yaml", "warmup.yaml"], "focal.yaml"], placebo=False)
    fit, page = study.fits["factorial"], read(render(study))
    (fpn, *_), (alternative, warmup, _), (pair, other, focal) = heat(page)
    shown = {("fpn",): fpn, ("warmup",): warmup, ("focal",): focal, ("fpn", "focal"): pair, ("warmup", "focal"): other}
    for each in (*fit.averages, *fit.interactions):
        kind, said = shown[each.tricks]
        assert said == f"{signed(each.effect, 3)} {interval(each.low, each.high, 3)}"
        assert ("faint" in kind) == (each.low < 0 < each.high)
    assert alternative == ("mixed", "alternatives")
    values = text(find(find(page, "section", id="interactions")[0], "ol", class_="values")[0])
    assert all(f"{signed(each.effect, 3)} {interval(each.low, each.high, 3)}" in values for each in fit.credits)


def test_a_screen_is_grey_where_aliased_and_names_the_aliases(make, monkeypatch):
    monkeypatch.setitem(conftest.TRICKS, "head", ("Another head", "unknown", "head: {class_path: FCN}"))
    monkeypatch.setitem(conftest.FACTS, "head", conftest.FACTS["fpn"])
    study = make(design="screen", seeds=3, tricks=[f"{t}.yaml" for t in conftest.TRICKS], placebo=False)
    page = read(render(study))
    cells = [cell for row in heat(page) for cell in row if cell[1]]
    assert [kind.split()[0] for kind, _ in cells].count("average") == 6
    assert {kind for kind, _ in cells if "average" not in kind} == {"mixed"}
    named = [text(line).split(":")[0] for line in find(page, "ol", class_="aliases")[0]]
    terms = [term.strip() for line in named for term in re.split("[+−]", line)]
    assert len(set(terms)) == len(terms) == 15  # all pairs, each in one set
    marked = [said for kind, said in cells if kind == "mixed"]
    assert sorted({*marked}) == [f"alias {chr(ord('a') + i)}" for i in range(len(named))]


def test_a_partial_factorial_has_no_numbers_yet(make, capsys):
    study = make(design="factorial", keep=lambda trial: trial.arm == "fpn", tricks=["fpn.yaml", "focal.yaml"])
    assert {verdict.verdict for verdict in study.verdicts} == {"not estimable"}
    assert "nan" not in text(find(read(render(study)), "main")[0])
    publish_report(study.plan)
    assert "4 arms × 0 seeds" in capsys.readouterr().out


def test_recipes_that_have_all_learned_nothing_say_nothing_of_a_trick(make):
    study = make(tricks=["focal.yaml", "fpn.yaml"], design=["alone", "without"])
    before = {each.arm: each.verdict for each in study.verdicts}
    for arm in ("full", "focal"):
        for trial in study.plan.by_seed[arm].values():
            epochs = [f"{epoch},{23 * (epoch + 1)},0.3" for epoch in range(6)]
            (trial.folder / "metrics.csv").write_text("\n".join(["epoch,step,val/miou", *epochs]) + "\n")
    after = {each.arm: each.verdict for each in read_study(study.plan).verdicts}
    assert {name for name in before if before[name] != after[name]} == {"fpn: full − focal"}
    assert after["fpn: full − focal"] == "no verdict (unsound baseline)"
