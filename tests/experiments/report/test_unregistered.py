"""A study with fewer seeds than were registered: wide intervals, no verdict, and what is missing."""

import math

from experiments.report.page import render
from experiments.report.publish import publish_report
from experiments.results.study import Study
from tests.experiments.pages import find, read, text

WORD = "no verdict (unregistered look)"


def test_only_arms_with_all_registered_seeds_have_a_verdict(partial_study: Study) -> None:
    found = {verdict.arm: verdict for verdict in partial_study.verdicts}
    said = {arm: (verdict.k, verdict.next_look, verdict.verdict) for arm, verdict in found.items()}
    assert said["fpn"] == (3, 4, WORD)
    assert said["warmup"] == (1, 4, "not estimable")
    assert said["focal"] == (4, None, found["focal"].verdict) != (4, None, WORD)
    fpn = found["fpn"]
    assert fpn.low < fpn.plain_low < fpn.plain_high < fpn.high
    assert math.isnan(fpn.equivalence_low)


def test_terminal_and_page_say_what_is_missing(partial_study: Study, capsys) -> None:
    publish_report(partial_study.plan)
    shown = capsys.readouterr().out
    row = next(line for line in shown.splitlines() if line.startswith("fpn "))
    assert f"{WORD}, 3 of 4 seeds" in row
    assert "holds at any number of them (a t-sequence at .05 over 5 tricks)" in shown
    told = text(find(read(render(partial_study)), "tr", id="arm-fpn")[0])
    assert "3 of 4 registered seeds; whenever one looks: [" in told
