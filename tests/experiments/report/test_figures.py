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
        ({"design": "factorial", "tricks": ["focal.yaml", "fpn.yaml"]}, {"credit"}),
        ({"design": ["stacked", "stacked_reversed"], "tricks": ["focal.yaml", "fpn.yaml"]}, {"ladder", "ladder-2"}),
        (
            {"conditions": {"a": {}, "b": {"trainer": {"max_epochs": 7}}}, "tricks": ["focal.yaml", "fpn.yaml"]},
            {"conditions"},
        ),
    ],
    ids=["factorial", "stacked", "conditions"],
)
def test_every_plot_of_a_design_has_its_file_whatever_the_names(
    settings: dict[str, object], more: set[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    titles = {"fpn": 'W & <b>"x"</b> ' + "W" * 200, "focal": "😀 \x07\u202eطريقة"}
    monkeypatch.setattr(conftest, "FACTS", Added(conftest.FACTS))
    for name, title in titles.items():
        monkeypatch.setitem(conftest.TRICKS, name, (title, *conftest.TRICKS[name][1:]))
    plots = plotted(conftest.make_study(tmp_path, seeds=2, placebo=None, **settings))
    assert set(plots) >= {"forest", "curves", *more}
    for name in ("forest", *more):
        assert any("طريقة" in each for each in said(plots[name]))
        assert any(each.lstrip("+ ").startswith('W & <b>"x"</b>') for each in said(plots[name]))
