"""The page's script in a real browser: it sorts, filters and links, asks nobody for anything and fails at nothing."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from experiments.report.page import render
from experiments.results.study import Study
from tests.experiments.report.browser import DARK, answered, needs_chromium

CATCH = """<head><script>
const wrong = [];
addEventListener("error", e => wrong.push(e.message));
for (const way of ["error", "warn"]) console[way] = (...words) => wrong.push(words.join(" "));
</script>"""
ASK = """<script>
addEventListener("load", async () => {
  const all = what => [...document.querySelectorAll(what)], form = document.querySelector(".arms");
  const arms = what => all(what).filter(e => !e.hidden && e.getClientRects().length).map(e => e.dataset.arm);
  const rows = () => arms(".verdicts tr[data-arm]"), names = () => arms("#effects .names li");
  const heights = () => all("#effects g[data-arm]:not([hidden])").map(g => [g.getBoundingClientRect().y, g.dataset.arm])
    .sort((a, b) => a[0] - b[0]).map(pair => pair[1]);
  const set = (box, value, key) => { box[key] = value; form.dispatchEvent(new Event("input")); };
  const head = name => all(".verdicts thead th").find(th => th.textContent.startsWith(name));
  const click = name => { head(name).querySelector("button").click(); return [rows(), head(name).ariaSort]; };
  const box = arm => all("[name=arm]").find(b => b.value === arm);
  const frame = () => document.querySelector("#effects figure svg");
  const over = (e, kind, x, y) => e.dispatchEvent(new PointerEvent(kind, { bubbles: true, clientX: x, clientY: y }));
  const tip = e => { const b = e.getBoundingClientRect(); over(e, "pointermove", b.right, b.bottom);
    return document.querySelector(".tip").textContent; };
  const found = { at_first: [rows(), names(), heights(), frame().getBoundingClientRect().height] };
  found.effect = [click("Effect"), names(), heights()];
  found.again = click("Effect"); found.third = click("Effect");
  found.params = click("Params"); found.trick = click("Trick");
  found.reset = [click("Trick"), click("Trick")];
  found.first_row = document.querySelector(".verdicts tbody tr").className;
  set(box("fpn"), false, "checked");
  found.toggled = [rows(), names(), heights(), arms("#tradeoff li"), arms("#curves figure[data-arm]"),
    arms(".classes th[data-arm]"), form.elements.count.value, frame().getBoundingClientRect().height];
  found.cells = all(".classes tbody tr")[0].querySelectorAll("td:not([hidden])").length;
  set(box("fpn"), true, "checked"); set(form.elements.find, "  RATE ", "value"); found.find = rows();
  set(form.elements.verdict, "hurts", "value"); found.both = [rows(), names()];
  form.reset(); await new Promise(done => setTimeout(done, 50));
  found.shown_again = [rows(), form.elements.count.value];
  over(document.querySelector("#arm-focal td"), "pointerover");
  found.lit = all(".lit").map(e => [e.tagName.toLowerCase(), e.dataset.arm]);
  over(document.querySelector("h1"), "pointerover"); found.dark = all(".lit").length;
  box("warmup").focus(); document.querySelector(".arms details").open = true; box("warmup").focus();
  found.focused = [...new Set(all(".lit").map(e => e.dataset.arm))];
  found.dot = tip(document.querySelector("#effects g[data-arm=fpn] circle"));
  found.curve = tip(document.querySelector("#curves figure[data-arm=fpn] > svg"));
  document.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape" }));
  found.tip = document.querySelector(".tip").hidden;
  const wide = document.querySelector(".verdicts").closest(".scroll");
  found.spare = wide.clientWidth - wide.scrollWidth;
  found.requests = performance.getEntriesByType("resource").length; found.wrong = wrong;
  const pre = document.createElement("pre"); pre.textContent = JSON.stringify(found); document.body.prepend(pre);
});
</script></body>"""
AXE = """<script>
addEventListener("load", async () => {
  for (const each of document.querySelectorAll("details")) each.open = true;
  const { violations } = await axe.run();
  const pre = document.createElement("pre");
  pre.textContent = JSON.stringify(violations.map(v => [v.id, v.help, v.nodes[0].html.slice(0, 150)]));
  document.body.prepend(pre);
});
</script></body>"""
DECLARED = ["focal", "fpn", "warmup", "drop_path", "large_lr", "placebo"]


@pytest.fixture(scope="module")
def found(study: Study, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What was seen while a reader sorted, filtered and pointed."""
    page = tmp_path_factory.mktemp("script") / "page.html"
    page.write_text(render(study).replace("<head>", CATCH, 1).replace("</body>", ASK), encoding="utf-8")
    return answered(page, "--window-size=1280,900")


@needs_chromium
def test_a_heading_sorts_the_table_and_the_plot_follows(study: Study, found: dict[str, Any]) -> None:
    assert found["at_first"][:3] == [DECLARED] * 3
    means = {v.arm: v.mean for v in study.verdicts}
    best_first = sorted(means, key=means.__getitem__, reverse=True)
    assert found["effect"] == [[best_first, "descending"], best_first, best_first]
    assert found["again"] == [best_first[::-1], "ascending"]
    assert found["third"] == [DECLARED, None]
    assert found["params"][0][0] == "fpn"
    assert found["trick"] == [["drop_path", "fpn", "focal", "warmup", "placebo", "large_lr"], "ascending"]
    assert found["reset"][1] == [DECLARED, None]
    assert found["first_row"] == "baseline"


@needs_chromium
def test_an_arm_that_is_switched_off_leaves_table_plots_and_columns(found: dict[str, Any]) -> None:
    left = [arm for arm in DECLARED if arm != "fpn"]
    *places, traded, drawn, columns, said, height = found["toggled"]
    assert places == [left] * 3
    assert traded == [arm for arm in left if arm in traded] != []
    assert drawn == columns == left
    assert found["cells"] == 1 + len(left)
    assert said == "5 of 6 shown, here and in the plots"
    assert height == found["at_first"][3] - 44


@needs_chromium
def test_words_and_verdicts_filter_together_and_reset_shows_all(found: dict[str, Any]) -> None:
    assert found["find"] == ["drop_path", "large_lr"]
    assert found["both"] == [["drop_path"]] * 2
    assert found["shown_again"] == [DECLARED, ""]


@needs_chromium
def test_pointing_and_focus_link_table_and_plots_and_tell_run_and_value(study: Study, found: dict[str, Any]) -> None:
    assert {arm for _, arm in found["lit"]} == {"focal"}
    assert {tag for tag, _ in found["lit"]} == {"tr", "li", "g", "line", "figure", "th"}
    assert found["dark"] == 0
    assert found["focused"] == ["warmup"]
    first = dict(next(v for v in study.verdicts if v.arm == "fpn").differences)[0]
    assert found["dot"] == f"Feature pyramid network, seed 0: {first:+.4f}"
    run, value = found["curve"].split(", epoch 6: ")
    trick, baseline = (study.curves[arm][int(run.removeprefix("seed "))][-1]["val/miou"] for arm in ("fpn", "baseline"))
    assert float(value) == pytest.approx(trick - baseline, abs=2e-4)
    assert found["tip"] is True


@needs_chromium
def test_nothing_is_asked_for_and_nothing_fails(found: dict[str, Any]) -> None:
    assert found["requests"] == 0
    assert found["wrong"] == []


@needs_chromium
def test_the_table_of_verdicts_needs_no_scrolling_on_a_laptop(found: dict[str, Any]) -> None:
    assert found["spare"] == 0


@needs_chromium
@pytest.mark.parametrize("flags", [["--window-size=1280,900"], ["--window-size=390,900", DARK]], ids=["light", "dark"])
def test_axe_finds_nothing(flags: list[str], study: Study, tmp_path: Path) -> None:
    found = find_spec("axe_core_python")
    if not found:
        pytest.skip("axe is not installed: pip install axe-core-python")
    axe = (Path(found.origin).parent / "axe.min.js").read_text(encoding="utf-8")
    page = tmp_path / "page.html"
    page.write_text(render(study).replace("</body>", f"<script>{axe}</script>{AXE}"), encoding="utf-8")
    assert answered(page, *flags) == []
