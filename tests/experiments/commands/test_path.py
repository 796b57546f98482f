"""A path through the real command, over trials that leave what real ones leave and score what is planted."""

import csv
import json
import random
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from experiments import cli
from experiments.folder import LEDGER, METRICS, RESULT
from experiments.plan.arms import Trial
from experiments.plan.planned import Plan
from experiments.run import attempts, costs, ledger
from experiments.run.shared import link
from experiments.steer import rounds
from tests.experiments import tiny

EFFECTS = {"focal": 0.1, "fpn": 0.3, "wide": 0.2, "cold": -0.1, "more": 0.0}
TRICKS = {
    "focal": tiny.model(loss={"class_path": "Focal"}),
    "fpn": tiny.model(fusion={"class_path": "FPN"}),
    "wide": tiny.model(fusion={"class_path": "GAU"}),  # an alternative to fpn
    "cold": {"trainer": {"gradient_clip_val": 1e-6}},
    "more": {"data": {"init_args": {"batch_size": 2}}},
}


def declare(folder: Path, **keys) -> None:
    base = tiny.write(folder, "base.yaml", tiny.BASELINE)
    names = {name: tiny.write(folder, f"{name}.yaml", content) for name, content in TRICKS.items()}
    tricks = [names["focal"], [names["fpn"], names["wide"]], names["cold"], names["more"]]
    content = {"baseline": base, "tricks": tricks, "sesoi": 0.05, "design": "path", **keys}
    tiny.write(folder, "matrix.yaml", content)


@pytest.fixture(name="planted")
def planted_fixture(monkeypatch: pytest.MonkeyPatch) -> Callable[[Mapping[str, float]], list[Trial]]:
    """Trials that score the sum of their tricks' effects and noise, in the place of trainings; says which were run."""
    ran: list[Trial] = []

    def plant(effects: Mapping[str, float]) -> list[Trial]:
        def train(planned: Plan, todo: list[Trial], launcher, console, limits, done) -> list[Trial]:
            for trial in todo:
                if limits.allow(trial):
                    leave(planned, trial, effects)
                    ran.append(trial)
            return []

        monkeypatch.setattr(rounds, "train", train)
        return ran

    monkeypatch.setattr(costs, "measure_costs", measured)
    return plant


def measured(plan: Plan, launcher) -> list[tuple[int, int]]:
    for arm in plan.arms:
        figures = dict.fromkeys(("parameters", "flops", "steps", "seconds_per_step", "seconds"), 1.0)
        told = {"layers": arm.contents, "code": arm.code.modules, "metrics": ["val/miou"], "config": arm.merged}
        more = dict.fromkeys(("flops_per_step", "steps_per_epoch", "batches_per_step", "validation_seconds"), 1.0)
        costs.path(plan, arm).parent.mkdir(parents=True, exist_ok=True)
        costs.path(plan, arm).write_text(json.dumps({**figures, **more, **told, "first_steps": [arm.name]}))
    return []


def leave(planned: Plan, trial: Trial, effects: Mapping[str, float]) -> None:
    link(trial)
    assert not attempts.take(trial)
    arm = planned.arm(trial.arm)
    noise = random.Random(f"{trial.seed}").gauss(0, 0.02) + random.Random(f"{arm.digest}{trial.seed}").gauss(0, 0.01)
    row = {"epoch": 0, "step": 4, "val/miou": 0.3 + noise + sum(effects.get(trick, 0.0) for trick in arm.tricks)}
    with (trial.folder / METRICS).open("w", newline="") as file:
        writer = csv.DictWriter(file, row)
        writer.writeheader()
        writer.writerow(row)
    cost = {"parameters": 1, "seconds_per_step": 0.1, "train_seconds": 1.0, "peak_memory_mib": 1.0}
    result = {"status": "done", "metrics": row, "cost": cost, "versions": {}, "made_from": trial.origin.record}
    (trial.folder / RESULT).write_text(json.dumps(result))
    for event in ("launched", "done"):
        ledger.note(planned.folder / LEDGER, trial, event)


def told(folder: Path) -> dict:
    return json.loads((folder / "runs/matrix/path.json").read_text())


def test_the_trick_that_helps_most_joins_and_fresh_seeds_prove_the_recipe(tmp_path, monkeypatch, capsys, planted):
    ran = planted(EFFECTS)
    declare(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert cli.main(["ablate", "matrix.yaml"]) == 0
    said = capsys.readouterr().out
    path = told(tmp_path)
    assert [row["trick"] for row in path["steps"] if row["joined"]] == ["fpn", "focal"]
    tried = {step: [row["trick"] for row in path["steps"] if row["step"] == step] for step in (1, 2, 3)}
    assert tried == {1: [*EFFECTS], 2: ["focal", "cold", "more"], 3: ["cold", "more"]}  # wide is instead of fpn
    assert path["proof"]["recipe"] == "fpn+focal"
    assert path["proof"]["verdict"] == "helps"
    assert path["proof"]["mean"] == pytest.approx(0.4, abs=0.02)
    seeds = {arm: {trial.seed for trial in ran if trial.arm == arm} for arm in ("fresh-baseline", "fresh-recipe")}
    assert set(map(tuple, seeds.values())) == {tuple(range(16, 24))}
    assert not seeds["fresh-recipe"] & {trial.seed for trial in ran if not trial.arm.startswith("fresh")}
    claim = "What the path claims is what 8 fresh seeds show of its recipe, fpn+focal, against the baseline: +0.4"
    for text in (said, (tmp_path / "runs/matrix/report.html").read_text()):
        assert claim in text
    before = len(ran)
    assert cli.main(["ablate", "matrix.yaml"]) == 0
    assert len(ran) == before


def test_a_path_killed_after_any_trial_goes_on_to_the_same_end(tmp_path, monkeypatch, planted):
    ends = []
    for name, most in {"whole": [], "pieces": ["--max-trials", "4"]}.items():
        folder = tmp_path / name
        folder.mkdir()
        declare(folder, looks=[3, 4])
        monkeypatch.chdir(folder)
        ran = planted(EFFECTS)
        before = -1
        while len(ran) > before:
            before = len(ran)
            assert cli.main(["ablate", "matrix.yaml", *most]) == 0
            assert cli.main(["status", "matrix.yaml"]) == 0
        ends.append((told(folder), sorted((t.arm, t.seed) for t in ran)))
        ran.clear()
    assert ends[0] == ends[1]


def test_a_path_on_which_nothing_helps_claims_nothing(tmp_path, monkeypatch, capsys, planted):
    ran = planted({})
    declare(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert cli.main(["ablate", "matrix.yaml"]) == 0
    assert "the path ends where it began, and claims nothing" in capsys.readouterr().out
    assert not any(row["joined"] for row in told(tmp_path)["steps"])
    assert {trial.arm for trial in ran} == {"baseline", *EFFECTS}


def test_what_is_registered_is_the_rule_and_not_what_came_out(tmp_path, monkeypatch, capsys, planted):
    planted(EFFECTS)
    declare(tmp_path, looks=[3, 4])
    monkeypatch.chdir(tmp_path)
    assert cli.main(["plan", "matrix.yaml"]) == 0
    said = capsys.readouterr().out
    # 4 seeds of: the baseline, 5 + 4 + 3 + 2 tricks at 4 steps, 3 banks, the two arms of the proof
    assert "at most 80 trials, those of the fresh seeds 8–11 included" in said
    assert cli.main(["ablate", "matrix.yaml"]) == 0
    registered = json.loads((tmp_path / "runs/matrix/registration.json").read_text())
    assert registered["path"]["fresh_seeds"] == [8, 9, 10, 11]
    assert set(registered["arms"]) == {"baseline", *EFFECTS}
    assert cli.main(["plan", "matrix.yaml"]) == 0
    assert "(registered)" in capsys.readouterr().out
    assert len(list((tmp_path / "runs/trials").iterdir())) <= 80


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"design": ["path", "alone"]}, "design path takes no other design beside it, got alone"),
        ({"seeds": 3}, "design path is raced: looks say how many seeds there are, and seeds must be left out"),
        ({"placebo": True}, "design path takes no placebo"),
        (
            {"conditions": {"a": {"trainer": {"max_epochs": 3}}, "b": {"trainer": {"max_epochs": 4}}}},
            "design path takes no conditions, got a, b",
        ),
        ({"tricks": ["focal.yaml"]}, "design path takes 2 tricks or more, got 1"),
        ({"budget": {"seconds": 60}}, "design path takes a budget of steps"),
    ],
)
def test_what_does_not_go_with_a_path_is_refused(tmp_path, monkeypatch, capsys, keys, message):
    declare(tmp_path, **keys)
    monkeypatch.chdir(tmp_path)
    assert cli.main(["plan", "matrix.yaml"]) == 2
    assert message in tiny.complaint(capsys)
    assert not (tmp_path / "runs").exists()
