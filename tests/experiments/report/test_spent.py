"""What trainings spent stands beside the verdicts: the steps that a budget gave, or the price of what helps."""

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
