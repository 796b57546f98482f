"""The page in a real browser, where there is one: nothing sticks out of it, however narrow it is."""

import shutil
from pathlib import Path

from experiments.images import store
from experiments.report.page import render
from experiments.results.study import read_study
from tests.experiments import conftest
from tests.experiments.images import planted
from tests.experiments.report.browser import answered, needs_chromium

WIDTHS = (390, 768, 1280)
MEASURE = """<script>
addEventListener("load", () => {
  const seen = [...document.querySelectorAll("body *")].filter(e => !e.closest(".scroll, pre, svg"));
  const out = seen.filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1);
  parent.postMessage([innerWidth, document.documentElement.scrollWidth - document.documentElement.clientWidth,
    out.map(e => e.tagName + " " + e.textContent.slice(0, 40))], "*");
});
</script>"""
COLLECT = """<pre></pre><script>
const found = {};
addEventListener("message", e => {
  found[e.data[0]] = e.data.slice(1);
  document.querySelector("pre").textContent = JSON.stringify(found);
});
</script>"""


def measured(folder: Path, html: str) -> dict[str, list]:
    """By width: how far the page can be scrolled sideways, and what sticks out."""
    (folder / "page.html").write_text(html.replace("</body>", f"{MEASURE}</body>"), encoding="utf-8")
    frames = "".join(
        f'<iframe src="page.html" width="{width}" height="900" style="border:0"></iframe>' for width in WIDTHS
    )
    (folder / "frames.html").write_text(f"<!doctype html>{COLLECT}{frames}", encoding="utf-8")
    return answered(folder / "frames.html")


PAPER = 1016  # CSS pixels between the margins of A4 on its side


def printed(folder: Path, html: str) -> list:
    """How far it goes beyond the paper's width, and what goes beyond it or its cell, even where a screen scrolls."""
    beyond = "e.scrollWidth > e.clientWidth + 1 && e.matches('td, th') || e.getBounding"
    measure = MEASURE.replace(".scroll, pre, svg", "pre, svg").replace("e.getBounding", beyond)
    html = html.replace("@media print", "@media all").replace("</body>", f"{measure}</body>")
    (folder / "page.html").write_text(html, encoding="utf-8")
    frame = f'<iframe src="page.html" width="{PAPER}" height="700" style="border:0"></iframe>'
    (folder / "frames.html").write_text(f"<!doctype html>{COLLECT}{frame}", encoding="utf-8")
    return answered(folder / "frames.html")[str(PAPER)]


def leave(folder: Path, errs: planted.Errs, kept: Path) -> None:
    """Leave a validation's images in a trial's folder, made where they are not kept yet."""
    if not kept.is_dir():
        kept.mkdir()
        store.write(kept / "images.npz", planted.tables(errs, "", 0))
        planted.draw(kept / "pictures.zip", errs, "", 0)
    shutil.copytree(kept, folder, dirs_exist_ok=True)


@needs_chromium
def test_nothing_sticks_out_at_any_width(tmp_path, monkeypatch):
    titles = {"fpn": "W" * 200, "focal": "<script>alert(1)</script> &amp; 😀", "warmup": "طريقة التدريب"}
    for name, title in titles.items():
        monkeypatch.setitem(conftest.TRICKS, name, (title, *conftest.TRICKS[name][1:]))
    for arm in ("focal+fpn", "fpn+focal", "fpn+warmup", "focal+warmup", "full", "upto-focal"):
        monkeypatch.setitem(conftest.FACTS, arm, conftest.FACTS["fpn"])
    keys = {"design": ["factorial", "stacked"], "seeds": 3, "tricks": [f"{name}.yaml" for name in titles]}
    study = conftest.make_study(tmp_path, **keys)
    for trial in study.plan.trials:  # a validation is made once for the baseline, and once for all others
        errs = planted.Errs(misses_small=0.5 if trial.arm == "baseline" else 0.1)
        leave(trial.folder, errs, tmp_path / f"seen-{errs.misses_small}")
    html = render(read_study(study.plan))
    assert 'id="why"' in html
    assert 'id="pictures"' in html
    assert measured(tmp_path, html) == {str(width): [0, []] for width in WIDTHS}
    assert printed(tmp_path, html) == [0, []]
