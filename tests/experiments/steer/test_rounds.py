"""What a race trains next, from made results: the same trials however many runners share them, in whatever order."""

import random
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

import pytest

from experiments.declare.ablation import read_ablation
from experiments.plan import registration
from experiments.plan.arms import Trial
from experiments.plan.trials import make_plan
from experiments.steer.rounds import due
from tests.experiments import conftest

Run = tuple[str, int]


def trained(folder: Path, ending: Callable[[Sequence[Trial]], Sequence[Trial]], lost: Collection[Run] = ()) -> set[Run]:
    """The trials of a race of which some end at a time, and are followed by what is due then."""
    folder.mkdir()
    declared = conftest.write_ablation(folder, seeds=None, looks=[2, 3, 5])
    planned = make_plan(read_ablation(str(declared)), folder / "runs")
    registration.register(planned)
    conftest.write_costs(planned)
    arms, ended = [arm.name for arm in planned.arms], set[Run]()
    while todo := [each for each in due(planned, arms, lost) if (each.arm, each.seed) not in lost]:
        for trial in ending(todo):
            conftest.write_trial(planned, trial)
            ended.add((trial.arm, trial.seed))
    return ended


@pytest.mark.parametrize("lost", [(), (("fpn", 1),)], ids=["all end", "one crashes"])
@pytest.mark.parametrize("seed", range(2))
def test_runners_that_look_while_others_train_decide_as_one_alone(tmp_path, monkeypatch, seed, lost):
    dice = random.Random(seed)
    close = {arm: (dice.gauss(0, 0.015), 0.015, *facts[2:]) for arm, facts in conftest.FACTS.items()}
    monkeypatch.setattr(conftest, "FACTS", close | {"baseline": conftest.FACTS["baseline"]})
    alone = trained(tmp_path / "alone", lambda todo: todo, lost)
    assert trained(tmp_path / "some", lambda todo: [dice.choice(todo)], lost) == alone
    assert trained(tmp_path / "last", lambda todo: todo[-1:], lost) == alone
