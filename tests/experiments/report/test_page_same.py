"""A killed ablation that went on has the page of an undisturbed one, but for the section on time and launches."""

import json
import random
import re

import pytest

from experiments.folder import LEDGER, RESULT
from experiments.report.page import render
from experiments.results.study import Study, read_study
from experiments.run import ledger
from tests.experiments.conftest import MakeStudy

COST = re.compile(r'<section id="cost".*?</section>', re.DOTALL)


def disturb(study: Study) -> Study:
    """Leave what kills and another load on the machine leave: half a line, launches, a stop, other times and memory."""
    dice, log = random.Random(0), study.plan.folder / LEDGER
    with log.open("a", encoding="utf-8") as file:
        file.write('{"time": 17, "ar')
    ledger.note_stop(log, "max-hours 2")
    for trial in study.plan.trials[::3]:
        for event in ("launched", "launched", "done"):
            ledger.note(log, trial, event)
    for trial in study.plan.trials:
        path = trial.folder / RESULT
        result = json.loads(path.read_text(encoding="utf-8"))
        for name in ("seconds_per_step", "train_seconds", "peak_memory_mib"):
            result["cost"][name] *= dice.uniform(0.5, 3)
        path.write_text(json.dumps(result), encoding="utf-8")
    return read_study(study.plan)


@pytest.mark.parametrize(
    "settings", [{}, {"seeds": None, "looks": [3, 5], "budget": {"steps": 138}}], ids=["fixed", "raced on a budget"]
)
def test_time_and_launches_stand_in_one_section(settings: dict[str, object], make_study: MakeStudy) -> None:
    study = make_study(**settings)
    quiet, killed = render(study), render(disturb(study))
    assert COST.sub("", killed) == COST.sub("", quiet)
    (told,) = COST.findall(killed)
    assert "Started more than once" in told
    assert "Stopped by the budget (max-hours 2)" in told
    assert "1 line cannot be read, so passed over: a start may be missing here." in told
    assert told != COST.findall(quiet)[0]
