"""Ladders, credit and conditions follow the arms that a reader switches on and off, in a real browser."""

from pathlib import Path
from typing import Any

import pytest

from experiments.report.page import render
from tests.experiments import conftest
from tests.experiments.report.browser import answered, needs_chromium
from tests.experiments.report.test_designs import Added

ASK = """<script>
addEventListener("load", () => {
  const all = (what, where = document) => [...where.querySelectorAll(what)], form = document.querySelector(".arms");
  const seen = e => !e.closest("[hidden]") && e.getClientRects().length > 0;
  const middle = e => { const box = e.getBoundingClientRect(); return box.y + box.height / 2; };
  const name = li => [...li.firstElementChild.childNodes].filter(node => node.nodeType === Node.TEXT_NODE)
    .map(node => node.textContent.trim()).join("");
  function told(plot) {
    const names = all(".names li", plot).filter(seen), base = plot.getBoundingClientRect().y;
    const dots = all("g[data-row]", plot).filter(seen);
    return { names: names.map(name),
      values: all(".values li", plot).filter(seen).length,
      off: dots.map(g => Math.abs(middle(g) - middle(names.find(li => li.dataset.row === g.dataset.row)))),
      marks: dots.length, lines: all("g.seed line", plot).filter(seen).length,
      height: plot.querySelector("svg").getBoundingClientRect().height - 40 };
  }
  const look = () => all("figure.strips, figure.ladder").map(told);
  const found = { before: look() };
  for (const box of all("[name=arm]")) if (/OFF/.test(box.value)) box.checked = false;
  form.dispatchEvent(new Event("input")); found.after = look();
  const pre = document.createElement("pre"); pre.textContent = JSON.stringify(found); document.body.prepend(pre);
});
</script></body>"""


def looked(tmp_path: Path, off: str, **settings: Any) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Every plot of rows before and after the arms whose names match were switched off."""
    page = tmp_path / "page.html"
    html = render(conftest.make_study(tmp_path, seeds=3, placebo=None, **settings))
    page.write_text(html.replace("</body>", ASK.replace("OFF", off)), encoding="utf-8")
    found = answered(page, "--window-size=1280,900")
    for plot in found["before"] + found["after"]:
        assert plot["values"] == len(plot["names"])
        assert max(plot["off"]) < 1.5  # pixels: marks stand beside their names
    return found["before"], found["after"]


@needs_chromium
def test_rungs_and_credit_leave_with_their_arms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conftest, "FACTS", Added(conftest.FACTS))
    tricks = ["fpn.yaml", "focal.yaml", "drop_path.yaml"]
    before, after = looked(tmp_path, "^focal", design=["factorial", "stacked"], tricks=tricks)
    fpn, focal, drop = (conftest.TRICKS[name][0] for name in ("fpn", "focal", "drop_path"))
    (credit, ladder), (credit_left, ladder_left) = before, after
    assert credit["names"] == [x for name in (fpn, focal, drop) for x in (name, "on average", "credit")]
    assert credit_left["names"] == [x for name in (fpn, drop) for x in (name, "on average", "credit")]
    assert ladder["names"] == ["Baseline", f"+ {fpn}", f"+ {focal}", f"+ {drop}"]
    assert ladder_left["names"] == ["Baseline", f"+ {fpn}", f"+ {drop}"]
    assert (ladder["lines"], ladder_left["lines"]) == (9, 3)  # of three seeds; a step whose rung is gone goes too
    assert [ladder[key] - ladder_left[key] for key in ("marks", "height")] == [1, 40]


@needs_chromium
def test_effects_by_condition_leave_with_their_arms_and_a_name_with_its_last(tmp_path: Path) -> None:
    conditions = {"plain": {}, "long": {"trainer": {"max_epochs": 7}}}
    settings = {"conditions": conditions, "tricks": ["fpn.yaml", "focal.yaml"]}
    fpn, focal = conftest.TRICKS["fpn"][0], conftest.TRICKS["focal"][0]
    rows = ["plain", "long", "long − plain"]
    for off, left in (("^plain/fpn$", [fpn, *rows[1:], focal, *rows]), ("/fpn$", [focal, *rows])):
        folder = tmp_path / str(len(left))
        folder.mkdir()
        (before,), (after,) = looked(folder, off.replace("/", r"\/"), **settings)
        assert before["names"] == [fpn, *rows, focal, *rows]
        assert after["names"] == left
