"""The page as a document: safe to open, readable by all, the same bytes for the same study."""

import dataclasses
import json
import re
from pathlib import Path
from xml.etree.ElementTree import Element

import numpy as np
import pytest

from experiments.report.page import render
from experiments.results.study import Study
from tests.experiments.conftest import MakeStudy
from tests.experiments.pages import find, read, text


def test_nothing_is_fetched_and_only_its_own_script_runs(study: Study) -> None:
    html, *others = re.split("<script>.*?</script>", render(study), flags=re.DOTALL)
    assert others == ["\n</body>\n</html>"]
    assert not re.search(r"https?:|//|url\(|@import|<script|<link|<img|\ssrc=|\son\w+=", html)
    root = read(render(study))
    links = {e.attrib["href"] for e in root.iter() if "href" in e.attrib}
    ids = {e.attrib["id"] for e in root.iter() if "id" in e.attrib}
    assert links
    assert all(link.startswith("#") and link[1:] in ids for link in links)


def test_tables_and_figures_can_be_read_aloud(root: Element) -> None:
    assert all(cell.get("scope") for cell in root.iter("th"))
    for svg in root.iter("svg"):
        assert svg.get("aria-label") or svg.get("aria-hidden") or svg.get("class") == "edge" or "viewbox" in svg.attrib
    ids = [e.attrib["id"] for e in root.iter() if "id" in e.attrib]
    assert len(ids) == len(set(ids))


def test_text_of_others_is_escaped(make_study: MakeStudy) -> None:
    evil = '<script>alert(1)</script> & "x"'
    study = make_study()
    arm = study.plan.arms[2]
    path = Path(str(arm.layers[-1])).with_name("evil.yaml")
    path.write_text(json.dumps({"about": {"title": evil, "claim": evil}, "data": {"init_args": {"root": evil}}}))
    arms = tuple(dataclasses.replace(a, layers=(*a.layers[:-1], path)) if a is arm else a for a in study.plan.arms)
    root = read(render(dataclasses.replace(study, plan=dataclasses.replace(study.plan, arms=arms))))
    assert len(find(root, "script")) == 1
    assert "alert" not in text(find(root, "script")[0])
    assert evil in text(find(root, "tr", id="arm-fpn")[0])
    assert text(find(root, "section", id="changes")[0]).count(evil) == 3


def test_the_same_study_gives_the_same_bytes_wherever_it_lies(
    make_study: MakeStudy, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = make_study(), make_study()
    assert one.plan.folder != other.plan.folder
    monkeypatch.chdir(one.plan.folder.parent.parent)
    page = render(one)
    assert str(one.plan.folder.parent.parent) not in page
    monkeypatch.chdir(other.plan.folder.parent.parent)
    assert page == render(other)


def test_long_trainings_keep_the_page_small(study: Study) -> None:
    def longer(rows: list[dict[str, float]]) -> list[dict[str, float]]:
        return [{**rows[min(i // 100, len(rows) - 1)], "epoch": i} for i in range(1000)]

    curves = {arm: {seed: longer(rows) for seed, rows in seeds.items()} for arm, seeds in study.curves.items()}
    html = render(dataclasses.replace(study, curves=curves))
    assert len(html.encode()) < 200_000
    for figure in list(find(read(html), "div", class_="panels")[0]):
        assert "epoch 1 1000" in text(figure)
        lines = [re.split("[ML]", path.attrib["d"]) for path in find(figure, "path", class_="seed")]
        assert len(lines) == 4
        assert sum(line[-1].startswith("100.0 ") for line in lines) >= 3  # the last epoch is kept, but by who diverged


def test_colours_contrast_in_light_and_in_dark(study: Study) -> None:
    css = render(study).split("<style>")[1].split("</style>")[0]
    schemes = re.findall(r":root \{(.*?)\}", css, flags=re.DOTALL)
    assert len(schemes) == 2
    for scheme in schemes:
        colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", scheme))
        pairs = [(tone, f"{tone}-bg") for tone in ("good", "bad", "wild", "open", "flat", "none")]
        pairs += [(name, ground) for name in ("ink", "soft", "accent") for ground in ("bg", "panel", "band")]
        for front, back in pairs:
            assert contrast(colours[front], colours[back]) >= 4.5, (front, back)


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, contrast ratio."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return float(np.dot((0.2126, 0.7152, 0.0722), linear))
