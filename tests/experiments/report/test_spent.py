"""What trainings spent stands beside the verdicts: the steps that a budget gave, or the price of what helps."""

import re
from dataclasses import replace

from experiments.report import spent
from experiments.report.page import render
from tests.experiments.pages import read, text


def test_a_gain_that_takes_more_time_is_named_with_the_budget_that_asks_for_equal_time(study):
    (line,) = spent.lines(study)
    assert line.startswith("At equal epochs fpn (1.60×) helps, at that multiple of a step's time; an ablation with")
    assert line.endswith("`budget: {seconds: 24.7}` would say whether it does at equal time.")
    assert " ".join(line.replace("`", " ").split()) in text(read(render(study)))


def test_under_a_budget_the_steps_and_the_time_of_every_arm_are_told(make_study):
    study = make_study(budget={"steps": 138}, tricks=["fpn.yaml", "warmup.yaml"], placebo=False, seeds=2)
    (line,) = spent.lines(study)
    assert line.startswith("Every run spent 138 optimizer steps; steps and median time of training, loading included: ")
    assert "baseline 138 steps, 24.7 s; fpn 138 steps, 39.5 s; warmup 138 steps" in line
    assert "Every run spends 138 optimizer steps." in render(study)


def test_times_of_one_arm_that_differ_are_said_to_tell_little(study):
    """As on a GPU that others use too: two seeds of an arm take a third of the time that the others do."""
    quiet = ("baseline", 0), ("baseline", 1)
    rows = [
        {**row, "seconds_per_step": row["seconds_per_step"] / 3} if (row["arm"], row["seed"]) in quiet else row
        for row in study.rows
    ]
    multiple, rough = spent.lines(replace(study, rows=rows))
    assert re.search(r"fpn \(1\.\d\d× to 4\.\d\d×\) help, at that multiple", multiple)
    assert re.fullmatch(
        r"Trials of baseline took 0\.\d+ to 0\.\d+ s a step: they ran on machines .* are rough here\.", rough
    )
