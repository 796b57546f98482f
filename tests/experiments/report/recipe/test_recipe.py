"""The recipe of an ablation, and its confirmation on fresh seeds."""

import json
import re
import shlex
import sys
from pathlib import Path

import pytest

from experiments import cli
from experiments.declare import configs
from experiments.declare.ablation import read_ablation
from experiments.plan.trials import make_plan
from experiments.report.page import render
from experiments.results.study import read_study
from experiments.run import costs
from experiments.steer import rounds
from experiments.steer.path import stages
from tests.experiments import conftest
from tests.experiments.pages import find, read, text
from tests.experiments.tiny import complaint

FPN, FOCAL = "fpn.yaml", "focal.yaml"


def recipe(*words: str) -> int:
    return cli.main(["recipe", "camvid-tricks.yaml", *words])


def taken(file: str = "recipe.yaml") -> list[str]:
    """The tricks of a recipe."""
    return str(configs.read_yaml(Path(file))["about"]["title"]).partition(": ")[2].split(" + ")


def test_it_is_a_layer_of_the_tricks_that_help_which_fresh_seeds_confirm(make, monkeypatch, capsys):
    study = make()
    assert recipe() == 0
    said = capsys.readouterr().out
    assert taken() == ["focal", "fpn", "large_lr"]  # warmup is equivalent, drop path hurts
    layers = [configs.read_yaml(Path(file)) for file in ("camvid-fcn.yaml", "recipe.yaml")]
    tricks = [configs.read_yaml(Path(f"{trick}.yaml")) for trick in taken()]
    both = [configs.merged(each) for each in (layers, [layers[0], *tricks])]
    assert both[0].pop("about") != both[1].pop("about")
    assert both[0] == both[1]
    assert "Nothing is claimed of it yet: 8 of 8 trials on fresh seeds are not finished." in said
    assert "gain, as" not in said
    forecast = float(re.search(r"Forecast of their gain in val/miou: \+([.\d]+)", said)[1])
    assert 0.03 < forecast < sum(study.judged[trick].effect for trick in taken())
    assert f"forecast of their gain in val/miou: +{forecast}" in Path("recipe.yaml").read_text().lower()

    monkeypatch.setitem(conftest.FACTS, "recipe", (0.05, 0.002, *conftest.FACTS["warmup"][2:]))
    ran = []

    def train(planned, todo, launcher, console, limits, done):
        for trial in todo:
            conftest.write_trial(planned, trial)
            ran.append((trial.arm, trial.seed))
        return []

    monkeypatch.setattr(rounds, "train", train)
    monkeypatch.setattr(costs, "measure_costs", lambda plan, launcher: conftest.write_costs(plan) or [])
    assert recipe("--confirm") == 0
    assert not {seed for _, seed in ran} & {trial.seed for trial in study.plan.trials}
    assert sorted(ran) == [(arm, seed) for arm in ("baseline", "recipe") for seed in range(8, 12)]
    (confirmed,) = read_study(make_plan(read_ablation("recipe_camvid-tricks.yaml"))).verdicts
    gain = f"The recipe's gain, as 4 fresh seeds show it: +{confirmed.effect:.3f} ["
    assert capsys.readouterr().out.splitlines()[-1].startswith(gain)
    assert recipe() == 0
    assert gain in capsys.readouterr().out
    assert recipe("--budget", "time=1.2") == 2
    assert complaint(capsys).startswith("recipe.yaml is another recipe, whose confirmation is registered in ")
    Path("other.yaml").write_text(Path("camvid-tricks.yaml").read_text())
    (study.plan.folder.parent / "other").symlink_to("camvid-tricks")
    assert cli.main(["recipe", "other.yaml"]) == 2  # another ablation's does not take its place either
    assert complaint(capsys).startswith("recipe.yaml is another recipe, whose confirmation is registered in ")
    assert recipe("--budget", "time=1.2", "-o", "lean.yaml") == 0
    assert taken("lean.yaml") == ["focal", "large_lr"]


def test_seeds_on_which_another_ablation_has_seen_its_tricks_are_not_fresh(make, monkeypatch):
    make(tricks=[FPN])
    another = json.loads(Path("camvid-tricks.yaml").read_text()) | {"seeds": [8, 10, 11], "placebo": False}
    Path("another.yaml").write_text(json.dumps(another))
    planned = make_plan(read_ablation("another.yaml"))
    for trial in planned.trials:
        conftest.write_trial(planned, trial)
    assert recipe() == 0
    assert configs.read_yaml(Path("recipe_camvid-tricks.yaml"))["seeds"] == [
        9,
        12,
        13,
        14,
    ]  # the study: 0 to 3, its placebo 4 to 7


def test_what_the_ablation_sets_in_its_baseline_is_said_to_be_no_part_of_it(make, capsys):
    """As a rehearsal does: its recipe was found with a smaller network and fewer epochs than `fit` would train."""
    make(set={"trainer": {"max_epochs": 2}, "data": {"init_args": {"root": "elsewhere"}}})
    assert recipe() == 0
    changed = "trainer.max_epochs: 6 → 2."
    line = f"Found with what the ablation sets in its baseline, which `fit` leaves out: {changed}"
    assert line in capsys.readouterr().out.splitlines()
    assert f"# {line}" in Path("recipe.yaml").read_text(encoding="utf-8").splitlines()
    page = read(render(read_study(make_plan(read_ablation("camvid-tricks.yaml")))))
    said = [text(part) for part in find(page, "p")]
    assert any(f"with what the ablation sets in it ({changed.rstrip('.')}), on " in part for part in said)
    assert any(part.endswith(f"which the last command leaves out: {changed}") for part in said)


def test_the_commands_in_its_head_can_be_typed(make):
    make()
    assert recipe("--out", "my recipe.yaml") == 0
    head = Path("my recipe.yaml").read_text(encoding="utf-8").splitlines()[0]
    fit, confirm = head.partition(": ")[2].removesuffix(" confirms it on fresh seeds.").split("; ")
    assert shlex.split(fit)[-2:] == ["--config", "my recipe.yaml"]
    assert shlex.split(confirm) == ["trickbench", "ablate", "my recipe_camvid-tricks.yaml"]


def test_classes_of_ones_own_are_found_from_wherever_it_is_written(make, tmp_path, monkeypatch, capsys):
    """The module lies beside the ablation; the recipe, elsewhere, says where, and that is no change of a trick's."""
    monkeypatch.setitem(conftest.TRICKS, "fpn", (*conftest.TRICKS["fpn"][:2], "loss: {class_path: mine.Loss}"))
    (tmp_path / "mine.py").write_text("class Loss: ...")
    make(tricks=["fpn.yaml"])
    assert recipe() == recipe("--out", "away/recipe.yaml") == 0
    here, away = (configs.read_yaml(Path(folder, "recipe.yaml")) for folder in (".", "away"))
    assert away == {**here, "search": [str(tmp_path)]}
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.chdir(tmp_path / "away")
    arm = make_plan(read_ablation("recipe_camvid-tricks.yaml")).arms[1]
    assert "mine" in arm.code.modules
    capsys.readouterr()
    assert cli.main(["plan", "recipe_camvid-tricks.yaml"]) == 0
    assert "search" not in capsys.readouterr().out


def test_it_keeps_a_budget_and_takes_the_best_of_alternatives_that_fits(make, capsys):
    make(tricks=[[FPN, FOCAL], "large_lr.yaml"], planted={"focal": 0.03})
    for budget, tricks in {"time=2": ["fpn", "large_lr"], "parameters=1": ["focal", "large_lr"]}.items():
        assert recipe("--budget", budget) == 0
        assert taken() == tricks
    assert recipe("--budget", "parameters=1", "time=1.02") == 0
    assert taken() == ["large_lr"]
    capsys.readouterr()
    assert recipe("--budget", "time=1") == 2
    assert "no trick that helps fits into the budget: fpn costs 1.60× the time; focal costs 1.0" in complaint(capsys)


@pytest.mark.parametrize(("together", "tricks"), [(0.0, ["fpn", "focal"]), (-0.06, ["fpn"])])
def test_two_tricks_that_spoil_each_other_do_not_go_together(make, capsys, together, tricks):
    study = make(together=together, planted={"fpn": 0.1, "focal": 0.05}, design="factorial", tricks=[FPN, FOCAL])
    assert recipe() == 0
    assert taken() == tricks
    forecast = float(re.search(r"gain in val/miou: \+([.\d]+)", capsys.readouterr().out)[1])
    assert forecast == pytest.approx(0.15 if together == 0 else 0.1, abs=0.01)  # of fpn alone, not its average
    assert ("On the baseline it is not what the column says" in render(study)) == (together < 0)


@pytest.mark.parametrize(("fpn", "focal", "together"), [(0.045, 0.04, -0.042), (0.09, 0.04, -0.04)])
def test_a_trick_that_the_full_recipe_does_not_need_is_left_out(make, fpn, focal, together):
    """In the first case both stand in for each other, so that the better one stays; in the second fpn is needed."""
    gains = {"fpn": fpn, "focal": focal}
    study = make(together=together, planted=gains, design=["alone", "without"], tricks=[FOCAL, FPN])
    assert [study.judged[trick].verdict for trick in gains] == ["helps"] * 2
    assert recipe() == 0
    assert taken() == ["fpn"]


@pytest.mark.parametrize("proved", [0.08, 0.0])
def test_that_of_a_path_is_what_its_steps_joined_if_its_fresh_seeds_confirm_it(make, capsys, proved):
    study = make(
        planted={"focal": 0.04, "fresh-recipe": proved},
        design="path",
        tricks=[FPN, FOCAL, "warmup.yaml"],
        seeds=None,
        looks=[3, 4],
        placebo=False,
    )
    capsys.readouterr()
    for stage in stages(study.plan):
        conftest.write_costs(stage)
        for trial in stage.trials:
            if not trial.folder.exists():
                conftest.write_trial(stage, trial)
        last = stage
    page = read(render(read_study(last)))
    assert ("To switch on" in text(page)) == (proved > 0)
    assert "can confirm" not in text(page)
    if not proved:
        assert recipe() == 2
        refuted = "fresh seeds did not confirm that of the path, focal+fpn: "
        assert refuted in complaint(capsys)
        assert refuted in text(find(page, "section", id="recipe")[0])
        return
    assert recipe() == 0
    said = capsys.readouterr().out
    assert "what 4 fresh seeds show of its recipe, focal+fpn, against the baseline: +0.0" in said
    assert "Nothing is claimed" not in said
    assert sorted(taken()) == ["focal", "fpn"]
    used = {trial.seed for trial in last.trials}
    assert not used & set(configs.read_yaml(Path("recipe_camvid-tricks.yaml"))["seeds"])


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"tricks": ["warmup.yaml", "drop_path.yaml"]}, "no trick earned its place"),
        (
            {"tricks": [FPN], "placebo": False, "keep": lambda trial: trial.seed},
            "2 of 8 trials are not finished (2 open)",
        ),
        ({"tricks": [FPN], "conditions": {"a": {}, "b": {"trainer": {"max_epochs": 7}}}}, "it has conditions (a, b)"),
    ],
)
def test_where_none_can_be_taken_it_says_so_and_writes_nothing(make, capsys, settings, says):
    make(**settings)
    assert recipe() == 2
    assert says in complaint(capsys)
    assert not Path("recipe.yaml").exists()


def test_a_file_of_somebody_elses_is_left_alone(make, capsys):
    make(tricks=[FPN])
    assert recipe("-o", FPN) == 2
    assert complaint(capsys) == "fpn.yaml is there already, and no recipe; move it away, or say --out FILE"


def test_a_cost_that_was_not_measured_cannot_be_limited(make, capsys):
    study = make(tricks=[FPN])
    for trial in study.plan.trials:
        file = trial.folder / "result.json"
        result = json.loads(file.read_text())
        del result["cost"]["peak_memory_mib"]
        file.write_text(json.dumps(result))
    assert recipe("--budget", "memory=1.5") == 2
    assert "the memory of fpn beside the baseline was not measured; leave memory out" in complaint(capsys)
    assert recipe("--budget", "time=1.7") == 0
