"""The page's plots as SVG files: each stands alone, shows what the page shows and is well-formed whatever the names."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from experiments import cli
from experiments.report.numbers import interval, signed
from experiments.report.page import render
from experiments.results.study import Study
from tests.experiments import conftest
from tests.experiments.pages import find, read
from tests.experiments.report.test_designs import Added

SVG = "{http://www.w3.org/2000/svg}"


def plotted(study: Study) -> dict[str, ElementTree.Element]:
    """The plots that the command writes, by name."""
    home = study.plan.folder
    assert cli.main(["report", str(study.plan.ablation.file), "--runs", str(home.parent)]) == 0
    return {path.stem: ElementTree.parse(path).getroot() for path in (home / "plots").iterdir()}


def said(picture: ElementTree.Element) -> list[str]:
    return ["".join(each.itertext()) for each in picture.iter(f"{SVG}text")]


def test_names_numbers_and_seeds_are_those_of_the_page(study: Study) -> None:
    plots = plotted(study)
    assert set(plots) == {"forest", "tradeoff", "curves"}
    words = said(plots["forest"])
    for verdict in study.verdicts:
        assert f"{signed(verdict.mean, 3)} {interval(verdict.plain_low, verdict.plain_high, 3)}" in words
        assert any(verdict.verdict in each for each in words)
    assert {title for title, *_ in conftest.TRICKS.values()} <= set(words)
    page = find(read(render(study)), "figure", class_="forest")[0]
    dots = [dot.attrib["cx"] for dot in plots["forest"].iter(f"{SVG}circle")]
    assert dots == [dot.attrib["cx"] for dot in find(page, "circle")]
    assert len([path for path in plots["curves"].iter(f"{SVG}path") if path.get("class") == "seed"]) == 28


def test_they_need_nothing_but_themselves(study: Study) -> None:
    plotted(study)
    for path in (study.plan.folder / "plots").iterdir():
        text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"//|url\(|@import|<script|href|var\(", text)


@pytest.mark.parametrize(
    ("settings", "more"),
    [
        ({"design": "factorial", "tricks": ["focal.yaml", "fpn.yaml"]}, {"credit", "interactions"}),
        ({"design": ["stacked", "stacked_reversed"], "tricks": ["focal.yaml", "fpn.yaml"]}, {"ladder", "ladder-2"}),
        (
            {"conditions": {"a": {}, "b": {"trainer": {"max_epochs": 7}}}, "tricks": ["focal.yaml", "fpn.yaml"]},
            {"conditions"},
        ),
        ({"looks": [2, 3], "seeds": None, "tricks": ["focal.yaml", "fpn.yaml"]}, {"race"}),
    ],
    ids=["factorial", "stacked", "conditions", "raced"],
)
def test_every_plot_of_a_design_has_its_file_whatever_the_names(
    settings: dict[str, object], more: set[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    titles = {"fpn": 'W & <b>"x"</b> ' + "W" * 200, "focal": "😀 \x07\u202eطريقة"}
    monkeypatch.setattr(conftest, "FACTS", Added(conftest.FACTS))
    for name, title in titles.items():
        monkeypatch.setitem(conftest.TRICKS, name, (title, *conftest.TRICKS[name][1:]))
    plots = plotted(conftest.make_study(tmp_path, **{"seeds": 2, "placebo": None, **settings}))
    assert set(plots) >= {"forest", "curves", *more}
    for name in ("forest", *more):
        assert any("طريقة" in each for each in said(plots[name]))
        assert any(each.lstrip("+ ").startswith('W & <b>"x"</b>') for each in said(plots[name]))


def heat(picture: ElementTree.Element) -> list[tuple[str, float]]:
    squares = [each for each in picture.iter(f"{SVG}rect") if "square" in each.get("class", "")]
    return [(each.attrib["class"].split(maxsplit=1)[1], float(each.attrib["fill-opacity"])) for each in squares]


def test_a_heat_map_has_the_numbers_and_the_greys_of_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conftest, "FACTS", Added(conftest.FACTS))
    tricks = [["fpn.yaml", "warmup.yaml"], "focal.yaml"]
    study = conftest.make_study(tmp_path, seeds=3, placebo=None, design="factorial", tricks=tricks)
    picture, fit = plotted(study)["interactions"], study.fits["factorial"]
    words = said(picture)
    for each in (*fit.averages, *fit.interactions):
        assert signed(each.effect, 3) in words
        assert interval(each.low, each.high, 3) in words
    kinds = [kind for kind, _ in heat(picture)]
    assert [kind for kind in kinds if kind == "mixed"] == ["mixed"]  # the two alternatives
    assert sum("average" in kind for kind in kinds) == 3
    strongest = max((*fit.averages, *fit.interactions), key=lambda each: abs(each.effect))
    assert (f"{'good' if strongest.effect > 0 else 'bad'} average", 0.35) in heat(picture)


def test_a_race_has_a_dot_for_every_seed(make_study: conftest.MakeStudy) -> None:
    early = {"drop_path": 3, "focal": 3}  # arm → at how many seeds it stopped
    study = make_study(seeds=None, looks=[3, 5], keep=lambda trial: trial.seed < early.get(trial.arm, 5), placebo=None)
    race = plotted(study)["race"]
    dots = [dot.attrib["class"].split()[1] for dot in race.iter(f"{SVG}circle")]
    assert dots.count("ran") == sum(verdict.k for verdict in study.verdicts) + 5
    assert len(dots) == 5 * 5 + 10  # the baseline may go on to twice as many
    assert {"3 seeds", "5 seeds"} <= {line.split(",")[0] for line in said(race)}


def test_a_report_with_fewer_plots_leaves_none_of_the_last_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conftest, "FACTS", Added(conftest.FACTS))
    keys = {"seeds": 2, "placebo": None, "tricks": ["focal.yaml", "fpn.yaml"]}
    study = conftest.make_study(tmp_path, design=["factorial", "stacked", "stacked_reversed"], **keys)
    home = study.plan.folder
    assert plotted(study).keys() > {"credit", "interactions", "ladder", "ladder-2"}
    own = {"plots/ladder-talk.svg", "plots/notes.txt", "plots/mine/credit.svg", "mine.json"}
    for name in own:
        (home / name).parent.mkdir(exist_ok=True)
        (home / name).write_text("mine", encoding="utf-8")
    (home / "why.json").write_text("{}", encoding="utf-8")  # of images that are gone
    (home / "registration.json").unlink()
    conftest.write_ablation(tmp_path, **keys)
    assert cli.main(["report", str(study.plan.ablation.file), "--runs", str(home.parent)]) == 0
    left = {str(path.relative_to(home)) for path in (home / "plots").rglob("*.*")}
    assert left == {"plots/forest.svg", "plots/tradeoff.svg", "plots/curves.svg"} | {x for x in own if "/" in x}
    assert not (home / "why.json").exists()
    assert all((home / name).read_text(encoding="utf-8") == "mine" for name in own)
