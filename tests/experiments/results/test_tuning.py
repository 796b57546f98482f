"""Every arm finds its setting with the same trials, on seeds that judge nothing; what is known decides what is due."""

import json

import pytest

from experiments import cli
from experiments.plan import registration
from experiments.plan.arms import Trial
from experiments.results.tuning import best, tried
from experiments.run import costs
from experiments.steer.rounds import due
from tests.experiments import tiny
from tests.experiments.pages import read
from tests.experiments.results.tuned import (
    LR,
    TUNE,
    WEIGHT,
    again,
    declare,
    finish,
    finish_all,
    measure,
    rate,
    settings,
)


def test_every_arm_gets_as_many_trials_on_seeds_that_nothing_else_has(tmp_path):
    planned = declare(tmp_path, seeds=[0, 2**31 - 1])
    assert settings(planned) == {"baseline": [0.05, 0.2, 0.4], "focal": [0.05, 0.2, 0.4], "adamw": [0.001, 0.01, 0.1]}
    tuning = {arm.name: arm.seeds for arm in planned.arms if arm.tunes}
    assert set(tuning.values()) == {(2**31, 2**31 + 1)}
    judged = {seed for arm in planned.arms if not arm.tunes for seed in arm.seeds}
    assert judged == {0, 2**31 - 1}
    assert len(planned.trials) == 2 * 3 * 2 + 3 * 3 * 2


def test_plan_says_what_each_arm_is_tried_with(tmp_path, capsys):
    declare(tmp_path, seeds=2)
    assert cli.main(["plan", str(tmp_path / "a.yaml"), "--runs", str(tmp_path / "runs")]) == 0
    said = capsys.readouterr().out
    assert "a: 6 arms × 2 seeds = 12 trials\n" in said
    assert "to tune them, each setting on 2 seeds of their own, 18 trials more:\n" in said
    assert "  baseline, focal: lr 0.05; lr 0.2; lr 0.4\n  adamw: lr 0.001; lr 0.01; lr 0.1\n" in said


def test_a_few_are_drawn_from_a_large_grid_the_same_for_every_arm(tmp_path):
    grid = {LR: [0.1, 0.2, 0.3, 0.4], WEIGHT: [0.0, 0.1, 0.2]}
    own = {"adamw": {LR: [1e-4, 2e-4, 3e-4, 4e-4], WEIGHT: [0.0, 0.1, 0.2]}}
    planned = declare(tmp_path, tune={"grid": grid, "seeds": 1, "draw": 5, "own": own})
    tried_with = settings(planned)
    assert {len(rates) for rates in tried_with.values()} == {5}
    assert tried_with["baseline"] == tried_with["focal"] == [pytest.approx(x * 1000) for x in tried_with["adamw"]]


def test_the_best_mean_counts_with_failures_and_the_first_of_equals(tmp_path):
    planned = declare(tmp_path)
    scores = {0.05: [0.5, 0.5], 0.2: [0.9, None], 0.4: [0.2, 0.8]}  # means .5, .45 and .5
    for trial in planned.trials:
        if planned.arm(trial.arm).tunes and planned.arm(trial.arm).plain == "baseline":
            finish(trial, scores[rate(planned, trial.arm)][trial.seed - 2**31])
    means = [each.mean for each in tried(planned)["baseline"]]
    assert means == pytest.approx([0.5, 0.45, 0.5])
    chosen = best(planned, tried(planned)["baseline"])
    assert chosen
    assert chosen.words == "lr 0.05"
    assert rate(again(tmp_path), "tuned/baseline") == 0.05
    assert again(tmp_path).arm("tuned/focal").setting is None  # its own trials have not ended
    lower = declare(tmp_path, higher_is_better=False, failure_value=9.0)
    chosen = best(lower, tried(lower)["baseline"])
    assert chosen
    assert chosen.words == "lr 0.05"


def test_what_is_due_hangs_on_what_is_there_so_that_a_kill_at_any_moment_loses_nothing(tmp_path):
    planned = declare(tmp_path, seeds=1, tricks=["focal.yaml"], tune={"grid": {LR: [0.2, 0.4]}, "seeds": 1})
    arms, asked = {arm.name for arm in planned.arms}, list[Trial]()
    while todo := due(planned, arms):
        asked.append(todo[len(asked) % len(todo)])  # killed after each, in some order
        finish(asked[-1], rate(planned, asked[-1].arm))
        planned = again(tmp_path)
    assert [len({trial.folder for trial in trials}) for trials in (asked, planned.trials)] == [len(asked), len(asked)]
    assert rate(planned, "tuned/baseline") == rate(planned, "tuned/focal") == 0.4
    order = [trial.arm for trial in asked]
    for arm in ("baseline", "focal"):
        assert max(order.index(f"tuning-{n}/{arm}") for n in (0, 1)) < order.index(f"tuned/{arm}")


def test_a_tuned_arm_that_keeps_its_setting_is_trained_once(tmp_path):
    planned = declare(tmp_path, seeds=2)
    finish_all(planned, lambda trial: -abs(rate(planned, trial.arm) - 0.05))
    assert not due(again(tmp_path), {arm.name for arm in planned.arms})
    folders = {
        name: {trial.folder for trial in again(tmp_path).trials if trial.arm == name}
        for name in ("untuned/focal", "tuned/focal")
    }
    assert folders["untuned/focal"] == folders["tuned/focal"]


def test_a_race_is_tuned_first_and_then_grows_where_a_verdict_is_open(tmp_path):
    tune = {"grid": {LR: [0.2, 0.4]}, "seeds": 3}
    planned = declare(tmp_path, seeds=None, looks=[2, 3], tricks=["focal.yaml"], sesoi=0.2, tune=tune)
    arms = {arm.name for arm in planned.arms}
    assert {arm: sum(trial.arm == arm for trial in due(planned, arms)) for arm in arms} == {
        **dict.fromkeys(("untuned/baseline", "untuned/focal"), 2),
        **dict.fromkeys(("tuned/baseline", "tuned/focal"), 0),
        **{f"tuning-{n}/{arm}": 3 for n in (0, 1) for arm in ("baseline", "focal")},
    }
    tuned = {"tuned/baseline", "tuned/focal"}
    finish_all(planned, lambda trial: 0.5 + 0.1 * trial.seed * trial.arm.endswith("focal"))
    assert {trial.arm for trial in due(again(tmp_path), arms)} == tuned, "the next look waits for all of this one"
    finish_all(again(tmp_path), lambda trial: 0.5 + 0.1 * trial.seed * trial.arm.endswith("focal"))
    assert {trial.arm for trial in due(again(tmp_path), arms)} == tuned | {"untuned/baseline", "untuned/focal"}


def test_one_arm_alone_comes_with_what_tunes_it_and_its_baseline(tmp_path):
    needed = declare(tmp_path).with_compared(["tuned/focal"])
    tuning = {f"tuning-{n}/{arm}" for n in range(3) for arm in ("baseline", "focal")}
    assert needed == {"tuned/focal", "tuned/baseline", *tuning}


def test_grid_trials_and_seeds_are_registered_and_settings_are_not(tmp_path):
    planned = declare(tmp_path)
    registration.register(planned)
    registered = json.loads((planned.folder / "registration.json").read_text())
    assert registered["tune"] == {**TUNE, "draw": 0, "seeds": [2**31, 2**31 + 1], "trials": 6}
    assert sorted(registered["arms"]) == sorted(
        f"{c}/{a}" for c in ("tuned", "untuned") for a in ("adamw", "baseline", "focal")
    )
    finish_all(planned, lambda trial: 0.5)
    assert registration.check(again(tmp_path))


def test_under_a_measured_budget_a_setting_is_as_long_as_its_arm(tmp_path):
    declared = declare(tmp_path, budget={"flops": 1e4})
    for arm in declared.settled:
        measure(declared, arm.name, 100 if arm.plain == "baseline" else 200)
    found = {(arm.plain, arm.steps) for arm in again(tmp_path).arms}
    assert found == {("baseline", 100), ("focal", 50), ("adamw", 50)}


def test_hours_count_what_is_tuned(tmp_path):
    planned = declare(tmp_path, seeds=2)
    for arm in planned.settled:
        measure(planned, arm.name, 1)
    assert costs.seconds(planned, planned.trials, 1) == pytest.approx(30 * (60 + costs.START_SECONDS))


def test_terminal_table_page_and_json_show_tuned_beside_untuned_and_the_flip(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    planned = declare(tmp_path, seeds=5)
    registration.register(planned)
    noise = [0.0, 0.004, -0.003, 0.002, -0.001]

    def value(trial: Trial) -> float:
        condition, arm = trial.arm.split("/")
        if condition.startswith("tuning"):
            return rate(again(tmp_path), trial.arm)
        own = 0.5 * noise[(trial.seed + len(arm)) % 5]
        return 0.5 + 0.3 * (condition == "tuned" or arm == "focal") + 0.3 * (arm == "adamw") + noise[trial.seed] + own

    finish_all(planned, value)
    finish_all(again(tmp_path), value)
    assert cli.main(["report", "a.yaml"]) == 0
    said = capsys.readouterr().out
    page, table = ((tmp_path / "runs/a" / name).read_text() for name in ("report.html", "table.md"))
    read(page)  # well-formed
    for text in (said, page, table):
        assert "focal flips: helps untuned, equivalent tuned." in text
        assert "lr 0.4" in text
        assert "adamw flips" not in text
    told = json.loads((tmp_path / "runs/a/tuned.json").read_text())
    flips = {effect["effect"]: effect["flips"] for effect in told["effects"]}
    assert flips == {"focal": True, "adamw": False}
    assert told["settings"]["adamw"] == {"setting": tiny.model(optimizer={"init_args": {"lr": 0.1}}), "mean": 0.1}
    assert cli.main(["status", "a.yaml"]) == 0
    assert any(line.split()[:2] == ["tuning-0/focal", "2"] for line in capsys.readouterr().out.splitlines())
