"""A budget becomes the length of every arm's trials, before anything is trained."""

import json
import math
import time
from pathlib import Path
from typing import Any

import pytest

from experiments.declare.ablation import read_ablation
from experiments.errors import UserError
from experiments.plan import registration
from experiments.plan.planned import Plan
from experiments.plan.trials import make_plan
from experiments.run import costs
from experiments.run.budgets import budgeted
from experiments.run.pace import pace_of, seconds_by_arm, seconds_left
from tests.experiments import tiny

TRICKS = {
    "focal": tiny.model(loss={"class_path": "Focal", "init_args": {"gamma": 1.0}}),
    "fpn": tiny.model(fusion={"class_path": "FPN", "init_args": {"channels": 16}}),
    "longer": {"trainer": {"max_epochs": 9}},
}
STEP = {"batches_per_step": 2, "steps_per_epoch": 4, "validation_seconds": 0.5}


def declare(folder: Path, **keys: Any) -> Plan:
    """An ablation of two tricks and a placebo, with these keys."""
    tiny.write(folder, "base.yaml", tiny.BASELINE)
    for name, content in TRICKS.items():
        tiny.write(folder, f"{name}.yaml", content)
    tricks = ["focal.yaml", "fpn.yaml"]
    content = {"baseline": "base.yaml", "tricks": tricks, "sesoi": 0.02, "seeds": 2, "placebo": True, **keys}
    tiny.write(folder, "a.yaml", content)
    return budgeted(make_plan(read_ablation(str(folder / "a.yaml")), folder / "runs"))


def measure(plan: Plan, **own: dict[str, float]) -> None:
    """Leave what measuring leaves: a step takes 100 FLOPs and 0.1 s in each of 2 batches, or what is said of an arm."""
    for arm in plan.arms:
        figures = {"parameters": 9, "flops": 9, "steps": 8, "seconds": 1.0, "flops_per_step": 100, **STEP}
        made = {"layers": arm.contents, "code": arm.code.modules, "metrics": [], "config": {}, "first_steps": []}
        path = costs.path(plan, arm)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({**made, **figures, "seconds_per_step": 0.1, **own.get(arm.name, {})}))


def steps(plan: Plan) -> dict[str, int | None]:
    return {arm.name: arm.steps for arm in plan.arms}


def test_steps_are_known_at_once_and_part_of_what_a_trial_is(tmp_path):
    epochs, short, long = (
        declare(tmp_path, **keys) for keys in ({}, {"budget": {"steps": 7}}, {"budget": {"steps": 8}})
    )
    assert set(steps(epochs).values()) == {None}
    assert set(steps(short).values()) == {7}
    assert "--trainer.max_steps=7" in short.trials[0].argv
    addresses = [{trial.origin.address for trial in plan.trials} for plan in (epochs, short, long)]
    assert len(set.union(*addresses)) == 3 * 8
    assert registration.content(short)["budget"] == {"steps": 7, "lengths": steps(short)}


@pytest.mark.parametrize(
    ("budget", "afforded"),
    [({"flops": 2e4}, {"focal": 200, "fpn": 50}), ({"seconds": 30}, {"focal": 150, "fpn": 75})],
)
def test_flops_and_seconds_become_steps_once_they_are_measured(tmp_path, budget, afforded):
    declared = declare(tmp_path, budget=budget)
    assert set(steps(declared).values()) == {None}
    disturbed = {"flops_per_step": 77, "seconds_per_step": 0.9}  # a measurement of the baseline's config once more
    measure(declared, fpn={"flops_per_step": 400, "seconds_per_step": 0.2}, placebo=disturbed)
    same = afforded["focal"]
    assert steps(declare(tmp_path, budget=budget)) == {"baseline": same, **afforded, "placebo": same}


def test_a_trial_of_unknown_length_is_no_other_ablations(tmp_path):
    known, unknown = declare(tmp_path), declare(tmp_path, budget={"flops": 2e4})
    shared = {trial.origin.address for trial in known.trials} & {trial.origin.address for trial in unknown.trials}
    assert not shared


def test_what_is_registered_stays_whatever_is_measured_later(tmp_path):
    measure(declare(tmp_path, budget={"flops": 2e4}))
    planned = declare(tmp_path, budget={"flops": 2e4})
    registration.register(planned)
    measure(planned, baseline={"flops_per_step": 7}, fpn={"flops_per_step": 7})
    assert steps(declare(tmp_path, budget={"flops": 2e4})) == steps(planned)
    with pytest.raises(UserError, match=r"budget\.flops was 20000\.0 and is 30000.0"):
        registration.check(declare(tmp_path, budget={"flops": 3e4}))


def test_hours_and_time_left_are_those_of_the_budget(tmp_path):
    measure(declare(tmp_path, budget={"seconds": 30}), fpn={"seconds_per_step": 0.2})
    planned = declare(tmp_path, budget={"seconds": 30})
    each = {cost.arm: cost.seconds for cost in costs.read_costs(planned)}
    assert each == {name: pytest.approx(30 + 0.5 * math.ceil(n / 4)) for name, n in steps(planned).items() if n}
    assert seconds_by_arm(planned, pace_of([]))["fpn"] == pytest.approx(each["fpn"] + costs.START_SECONDS)
    assert seconds_left(planned, [], pace_of([]), time.time()) == 0


@pytest.mark.parametrize(
    ("own", "budget", "message"),
    [
        (
            {"flops_per_step": 0},
            {"flops": 2e4},
            "arm fpn: the FLOPs of a step cannot be measured; budget steps instead",
        ),
        (
            {"flops_per_step": 1e6},
            {"flops": 2e4},
            r"arm fpn: the budget, 20,000 FLOPs, is below one step, which takes 1e\+06",
        ),
        (
            {"seconds_per_step": 70},
            {"seconds": 30},
            "arm fpn: the budget, 30 seconds, is below one step, which takes 140",
        ),
    ],
)
def test_an_arm_that_affords_no_step_is_refused(tmp_path, own, budget, message):
    measure(declare(tmp_path, budget=budget), fpn=own)
    with pytest.raises(UserError, match=message):
        declare(tmp_path, budget=budget)


@pytest.mark.parametrize(
    "keys",
    [
        {"tricks": ["focal.yaml", "longer.yaml"]},
        {"set": {"trainer": {"max_time": {"hours": 1}}}},
        {
            "conditions": {"short": {"trainer": {"max_steps": 3}}, "even": {"trainer": {"gradient_clip_val": 1.0}}},
            "placebo": False,
        },
    ],
)
def test_what_says_another_length_is_refused(tmp_path, keys):
    with pytest.raises(UserError, match=r"trainer\.max_\S+ must not be set: the budget of 7 optimizer steps says it"):
        declare(tmp_path, budget={"steps": 7}, **keys)
