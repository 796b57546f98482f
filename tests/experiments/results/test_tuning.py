"""Every arm finds its setting with the same trials, on seeds that judge nothing; what is known decides what is due."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from experiments import cli
from experiments.declare.ablation import read_ablation
from experiments.errors import UserError
from experiments.plan import registration
from experiments.plan.arms import Trial
from experiments.plan.planned import Plan
from experiments.plan.trials import make_plan
from experiments.results.tuning import best, tried, tuned
from experiments.run import costs
from experiments.run.budgets import budgeted
from experiments.run.grids import refuse_unknown_keys
from experiments.run.shared import link
from experiments.steer.rounds import due
from tests.experiments import tiny
from tests.experiments.pages import read

LR, WEIGHT = "model.init_args.optimizer.init_args.lr", "model.init_args.optimizer.init_args.weight_decay"
TRICKS = {
    "focal": tiny.model(loss={"class_path": "Focal", "init_args": {"gamma": 1.0}}),
    "adamw": tiny.model(optimizer={"class_path": "torch.optim.AdamW", "init_args": {"lr": 0.01, "weight_decay": 0.1}}),
    "hot": tiny.model(optimizer={"init_args": {"lr": 0.5}}),
}
TUNE = {"grid": {LR: [0.05, 0.2, 0.4]}, "seeds": 2, "own": {"adamw": {LR: [0.001, 0.01, 0.1]}}}


def declare(folder: Path, **keys: Any) -> Plan:
    """An ablation of two tricks that is tuned, with these keys; as far as it is known."""
    tiny.write(folder, "base.yaml", tiny.BASELINE)
    for name, content in TRICKS.items():
        tiny.write(folder, f"{name}.yaml", content)
    content = {
        "baseline": "base.yaml",
        "tricks": ["focal.yaml", "adamw.yaml"],
        "sesoi": 0.02,
        "seeds": 3,
        "tune": TUNE,
        **keys,
    }
    tiny.write(folder, "a.yaml", {key: value for key, value in content.items() if value is not None})
    return again(folder)


def again(folder: Path) -> Plan:
    return tuned(budgeted(make_plan(read_ablation(str(folder / "a.yaml")), folder / "runs")))


def finish(trial: Trial, value: float | None) -> None:
    """Leave what a trial leaves that ended with a score, or that diverged."""
    trial.folder.mkdir(parents=True, exist_ok=True)
    link(trial)
    ended = (
        {"status": "diverged", "metrics": {}} if value is None else {"status": "done", "metrics": {"val/miou": value}}
    )
    result = {**ended, "made_from": trial.origin.record, "cost": {}, "versions": {}}
    (trial.folder / "result.json").write_text(json.dumps(result))
    (trial.folder / "metrics.csv").write_text("epoch,step,val/miou\n0,4,0.1\n")


def finish_all(plan: Plan, value: Callable[[Trial], float | None]) -> None:
    for trial in due(plan, {arm.name for arm in plan.arms}):
        finish(trial, value(trial))


def settings(plan: Plan) -> dict[str, list[Any]]:
    """Arm → the learning rates that it is tried with."""
    found: dict[str, list[Any]] = {}
    for arm in plan.arms:
        if arm.tunes:
            found.setdefault(arm.plain, []).append(arm.merged["model"]["init_args"]["optimizer"]["init_args"]["lr"])
    return found


def rate(plan: Plan, arm: str) -> Any:
    return plan.arm(arm).merged["model"]["init_args"]["optimizer"]["init_args"]["lr"]


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
    finish_all(planned, lambda trial: 0.5 + 0.1 * trial.seed * trial.arm.endswith("focal"))
    assert {trial.arm for trial in due(again(tmp_path), arms)} == {
        "untuned/baseline",
        "untuned/focal",
        "tuned/baseline",
        "tuned/focal",
    }


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


def measure(plan: Plan, name: str, flops: int) -> None:
    arm = plan.arm(name)
    figures = {
        "parameters": 9,
        "flops": 9,
        "steps": 8,
        "seconds": 60.0,
        "seconds_per_step": 1.0,
        "flops_per_step": flops,
    }
    step = {"batches_per_step": 1, "steps_per_epoch": 4, "validation_seconds": 0.0}
    made = {"layers": arm.contents, "code": arm.code.modules, "metrics": [], "first_steps": [], "config": arm.merged}
    costs.path(plan, arm).parent.mkdir(parents=True, exist_ok=True)
    costs.path(plan, arm).write_text(json.dumps({**made, **figures, **step}))


def test_hours_count_what_is_tuned(tmp_path):
    planned = declare(tmp_path, seeds=2)
    for arm in planned.settled:
        measure(planned, arm.name, 1)
    assert costs.hours(planned, planned.trials, 1) == pytest.approx(30 * (60 + costs.START_SECONDS) / 3600)


@pytest.mark.parametrize(
    ("tune", "message"),
    [
        (
            {**TUNE, "own": {"adamw": {LR: [0.1, 0.2]}}},
            "every arm gets as many settings: the grid has 3, the own grid of adamw 2",
        ),
        ({**TUNE, "own": {"adamv": TUNE["grid"]}}, "own names 'adamv', which is none of the arms; nearest: adamw"),
        ({"grid": {LR: [0.1, 0.1]}, "seeds": 1}, "lr has the value 0.1 twice"),
        ({"grid": {"seed_everything": [1, 2]}, "seeds": 1}, "tune: seed_everything must not be set"),
        ({**TUNE, "draw": 4}, "draw must be at most the 3 settings of the grid, got 4"),
        ({"grid": {LR: [0.1]}, "seeds": 1}, "tune must be such as"),
        ({"grid": {LR: [0.1, 0.2]}}, "tune must be such as"),
        ({"grid": {LR: [0.1, 0.2]}, "seeds": 0}, "tune must be such as"),
    ],
)
def test_a_tuning_that_is_not_fair_is_refused(tmp_path, tune, message):
    with pytest.raises(UserError, match=message):
        declare(tmp_path, tune=tune)


@pytest.mark.parametrize("keys", [{"placebo": True}, {"conditions": {"a": {"x": 1}, "b": {"x": 2}}}])
def test_what_does_not_go_with_tuning_is_refused(tmp_path, keys):
    with pytest.raises(UserError, match=f"{next(iter(keys))} does not go with tune"):
        declare(tmp_path, **keys)


def test_a_path_is_not_tuned(tmp_path):
    with pytest.raises(UserError, match="design path takes no tune"):
        declare(tmp_path, seeds=None, design="path")


def test_a_grid_that_takes_a_trick_away_is_refused(tmp_path):
    with pytest.raises(UserError, match="trick hot changes nothing: the arm tuning-0/baseline already has"):
        declare(tmp_path, tricks=["hot.yaml"], tune={"grid": TUNE["grid"], "seeds": 1})


@pytest.mark.parametrize(
    ("grid", "message"),
    [
        ({"model.init_args.optimizer.init_args.rate": [1, 2]}, r"arm baseline has no model\.\S+\.rate; nearest: .*lr"),
        ({LR: [0.1, "fast"]}, r"arm baseline: model\.\S+\.lr must be a number, got 'fast'"),
    ],
)
def test_a_setting_that_an_arm_has_not_is_refused_once_it_was_built(tmp_path, grid, message):
    planned = declare(tmp_path, tune={"grid": grid, "seeds": 1})
    for arm in planned.settled:
        measure(planned, arm.name, 1)
    with pytest.raises(UserError, match=message):
        refuse_unknown_keys(planned)


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
