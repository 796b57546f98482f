"""The recipe of an ablation, and its confirmation on fresh seeds."""

import itertools
import json
import random
import re
import shlex
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import yaml

from experiments import cli
from experiments.declare import configs
from experiments.declare.ablation import read_ablation
from experiments.declare.tricks import package_tricks
from experiments.judge import curse
from experiments.plan.trials import make_plan
from experiments.report.page import render
from experiments.report.recipe.layers import beyond
from experiments.report.recipe.packing import best
from experiments.results.study import Study, read_study
from experiments.run import costs
from experiments.steer import rounds
from experiments.steer.path import stages
from tests.experiments import conftest
from tests.experiments.pages import find, read, text
from tests.experiments.tiny import complaint

REST = conftest.FACTS["warmup"][2:]
FPN, FOCAL = "fpn.yaml", "focal.yaml"


class Added(dict):
    """What arms are like: their tricks' effects add up, but for what fpn and focal do together."""

    together = 0.0

    def __missing__(self, arm: str) -> tuple[float, ...]:
        last, both = arm.removeprefix("all-but-"), {"fpn", "focal"}
        named = {"full": both, "fresh-recipe": both, "fresh-baseline": set()}
        tricks = named.get(arm, both - {last} if last != arm else arm.split("+"))
        gain = sum(self[trick][0] for trick in tricks) + self.together * (both <= set(tricks))
        return (gain, 0.002, *REST)


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Study]:
    """Makes a study of planted effects, in the current folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(conftest, "DIVERGED", ())

    def make(together: float = 0.0, planted: dict[str, float] | None = None, **settings: object) -> Study:
        facts = Added(conftest.FACTS)
        facts.together = together
        facts |= {trick: (gain, 0.002, *facts[trick][2:]) for trick, gain in (planted or {}).items()}
        monkeypatch.setattr(conftest, "FACTS", facts)
        return conftest.make_study(tmp_path, **settings)

    return make


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

    monkeypatch.setitem(conftest.FACTS, "recipe", (0.05, 0.002, *REST))
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
    assert recipe("--budget", "time=1.2", "-o", "lean.yaml") == 0
    assert taken("lean.yaml") == ["focal", "large_lr"]


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
    assert "still to confirm" not in text(page)
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


def test_the_layer_makes_of_the_baseline_what_any_two_tricks_of_the_package_do():
    below = configs.read_yaml(configs.find("baselines", "digits"))
    tricks = [{key: value for key, value in each.content.items() if key != "about"} for each in package_tricks()]
    pairs = [both for both in itertools.combinations(tricks, 2) if not configs.shared_keys(*both)]
    assert len(pairs) > 500
    for both in pairs:
        merged = configs.merged([below, *both])
        assert configs.merge(below, beyond(below, merged)) == merged


@pytest.mark.parametrize("seed", range(5))
def test_the_best_of_all_sets_is_found(seed):
    draw = random.Random(seed)
    names = [f"t{i}" for i in range(9)]
    worth = {name: 0.01 * draw.random() for name in names}
    pairs = {frozenset(draw.sample(names, 2)): 0.02 * draw.gauss(0, 1) for _ in range(8)}
    costs = {name: draw.gauss(0.2, 0.3) for name in names}
    groups = [names[:3], names[3:5], *([name] for name in names[5:])]

    def gain(taken: Sequence[str]) -> float:
        return sum(worth[name] for name in taken) + sum(pairs[pair] for pair in pairs if pair <= set(taken))

    sets = [taken for size in range(1, 8) for taken in itertools.combinations(names, size)]
    sets = [taken for taken in sets if all(len({*taken} & {*group}) < 2 for group in groups)]
    sets = [taken for taken in sets if sum(costs[name] for name in taken) <= 0.3]
    assert gain(best(worth, pairs, groups, [(costs, 0.3)])) == pytest.approx(max(map(gain, sets)))


def test_of_many_tricks_none_is_tried_with_every_other():
    worth = {f"t{i}": 1.0 for i in range(60)}
    assert len(best(worth, {}, [[name] for name in worth], [(dict.fromkeys(worth, 0.1), 4.0)])) == 40
    assert best(worth, {}, [], [(worth, 0.5)]) == []


def test_the_page_shows_what_to_switch_on_and_how_to_get_it(make, capsys):
    study = make(planted={"focal": 0.03}, tricks=[[FPN, FOCAL], "large_lr.yaml", "drop_path.yaml"])
    root = read(render(study))
    section = find(root, "section", id="recipe")[0]
    shown, titles = text(section), [conftest.TRICKS[trick][0] for trick in ("fpn", "large_lr")]
    assert f"Switch on {' + '.join(titles)} . They help" in shown
    assert f"Left out although on the whole it helps: {conftest.TRICKS['focal'][0]} (" in shown
    commands, layer = ("".join(each.itertext()) for each in find(section, "pre"))
    assert commands.splitlines()[1:] == [
        "trickbench recipe camvid-tricks.yaml --confirm",
        "trickbench fit --config camvid-fcn.yaml --config recipe.yaml",
    ]
    _, *words = commands.splitlines()[0].split()
    assert cli.main(words) == 0
    forecast = re.search(r"Forecast of their gain in val/miou: (\+[.\d]+)", capsys.readouterr().out)[1]
    assert forecast in shown
    assert f"To switch on : {' + '.join(titles)} , with a forecast of {forecast} together" in text(root)
    assert yaml.safe_load(layer) == configs.read_yaml(Path("recipe.yaml"))


@pytest.mark.parametrize(
    ("settings", "said", "command"),
    [
        ({"keep": lambda trial: trial.seed == 0}, "There is none yet: 18 of 24 trials are not finished", True),
        ({"planted": {FPN[:-5]: 0.0}, "tricks": [FPN, "warmup.yaml"]}, "the baseline is the recipe", True),
        ({"conditions": {"a": {}, "b": {"trainer": {"max_epochs": 7}}}}, "it has conditions (a, b)", False),
    ],
    ids=["unfinished", "nothing helps", "conditions"],
)
def test_without_a_recipe_the_page_says_why_and_what_would_write_one(make, settings, said, command):
    study = make(placebo=False, **settings)
    section = find(read(render(study)), "section", id="recipe")[0]
    assert said in text(section)
    assert ["".join(each.itertext()) for each in find(section, "pre")] == (
        ["trickbench recipe camvid-tricks.yaml"] if command else []
    )


def test_where_nothing_can_be_forecast_the_page_promises_nothing(make, monkeypatch):
    monkeypatch.setattr(curse, "forecast", lambda *numbers: 0.0)
    root = read(render(make(tricks=[FPN])))
    assert "; how much of the gain to expect is for fresh seeds to tell." in text(
        find(root, "div", class_="summary")[0]
    )
    assert "with a forecast of" not in text(root)
    assert "half of those that do would look as good as this one" in text(find(root, "section", id="recipe")[0])
